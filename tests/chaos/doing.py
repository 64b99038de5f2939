"""What each step of the story does, in a process that may be killed at any instant."""

from collections.abc import Callable

from chaos.onlooker import look_on
from chaos.story import SOURCE
from storepulse import landing, publish, repair, transform, validate, watch
from storepulse.held_rows import Choice
from storepulse.settings import Settings
from storepulse.windows import Window


def do(kind: str, window_id: str, feed: str, tested: bool) -> None:
    """Do one step in the home that the environment names."""
    _DOING[kind](Settings(), window_id, feed, tested)


def _land(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    landing.land(settings, SOURCE, feed, Window.from_id(window_id), "chaos")


def _validate(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    validate.validate(settings, SOURCE, feed, Window.from_id(window_id))


def _fix(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    meant = Choice(feed, window_id=window_id, rule="device_known")
    repair.fix(settings, meant, {"device": "'app'"}, "a till that named itself")


def _drop(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    repair.drop(settings, Choice(feed, window_id=window_id, rule="status_known"), "a trial order")


def _release(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    for released in repair.release(settings, Choice(feed, window_id=window_id)):
        if released.verdict is None:
            raise AssertionError(released.held_because)


def _build(settings: Settings, _: str, __: str, tested: bool) -> None:
    transform.build(settings, tested=tested)


def _publish(settings: Settings, *_: object) -> None:
    publish.publish(settings)


def _watch(settings: Settings, *_: object) -> None:
    watch.watch(settings)


def _look_on(settings: Settings, *_: object) -> None:
    look_on(settings)


_DOING: dict[str, Callable[[Settings, str, str, bool], None]] = {
    "land": _land,
    "validate": _validate,
    "fix": _fix,
    "drop": _drop,
    "release": _release,
    "build": _build,
    "publish": _publish,
    "watch": _watch,
    "look on": _look_on,
}
