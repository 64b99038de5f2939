"""What each step of the scenario does, in a process that may be killed at any instant."""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from chaos.reader import keep_reading
from chaos.scenario import SOURCE
from storepulse import publish, validate, watch
from storepulse.backup import create, restore
from storepulse.errors import BackupInvalid, WindowInvalid
from storepulse.extract import land
from storepulse.lake import forgetting
from storepulse.replay import release
from storepulse.replay.rows import Choice
from storepulse.settings import Settings
from storepulse.transform import dbt_runner
from storepulse.windows import Window


def do(kind: str, window_id: str, feed: str, tested: bool) -> None:
    """Run one step in the home that the environment names."""
    _STEPS[kind](Settings(), window_id, feed, tested)


def set_clock_back(back: timedelta) -> None:
    """Set the clock back for all of storepulse in this process."""

    class IsMoment(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class Behind(datetime, metaclass=IsMoment):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) - back

    for name, module in list(sys.modules.items()):
        if name.startswith("storepulse") and getattr(module, "datetime", None) is datetime:
            module.datetime = Behind


def _land(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    land.land(settings, SOURCE, feed, Window.from_id(window_id), "chaos")


def _validate(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    validate.validate(settings, SOURCE, feed, Window.from_id(window_id))


def _fix(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    meant = Choice(feed, window_id=window_id, rule="device_known")
    release.fix(settings, meant, {"device": "'app'"}, "a till that named itself")


def _drop(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    release.drop(settings, Choice(feed, window_id=window_id, rule="status_known"), "a trial order")


def _release(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    for released in release.release(settings, Choice(feed, window_id=window_id)):
        if released.result is None:
            raise AssertionError(released.rejected_because)


def _forget(settings: Settings, window_id: str, feed: str, _: bool) -> None:
    try:
        forgetting.forget(settings, feed, Window.from_id(window_id), "a slip")
    except WindowInvalid as refused:
        # A run that was killed at its very end had done all of it.
        if "taken back already" not in str(refused):
            raise


def _back_up(settings: Settings, *_: object) -> None:
    create.back_up(settings, settings.home.with_name("backups"))


def _restore(settings: Settings, *_: object) -> None:
    lost, home = settings.home.with_name("lost"), settings.home
    if not lost.exists():
        home.rename(lost)
    try:
        restore.restore(settings, home.with_name("backups"))
    except BackupInvalid:
        # A run that was killed at its very end had done all of it.
        if not settings.accepted.exists() or (home / ".restoring").exists():
            raise


def _build(settings: Settings, _: str, __: str, tested: bool) -> None:
    dbt_runner.build(settings, tested=tested)


def _publish(settings: Settings, *_: object) -> None:
    publish.publish(settings)


def _watch(settings: Settings, *_: object) -> None:
    watch.watch(settings)


def _keep_reading(settings: Settings, *_: object) -> None:
    keep_reading(settings)


_STEPS: dict[str, Callable[[Settings, str, str, bool], None]] = {
    "land": _land,
    "validate": _validate,
    "fix": _fix,
    "drop": _drop,
    "release": _release,
    "forget": _forget,
    "backup": _back_up,
    "restore": _restore,
    "build": _build,
    "publish": _publish,
    "watch": _watch,
    "read": _keep_reading,
}
