"""What every ingest DAG does with each of its feeds: take in what is missing, then its window."""

from datetime import timedelta

from airflow.sdk import Param, task, task_group

from storepulse.feeds.registry import feeds_of
from storepulse_airflow.assets import ACCEPTED_FEED, accepted
from storepulse_airflow.failures import MailDataEngineers
from storepulse_airflow.retries import ONLY_WHAT_PASSES_BY_ITSELF

_BOUND = {"default": None, "type": ["null", "string"], "format": "date-time"}

# Given both, a run takes this window instead of its data interval: a rerun, or long history.
WINDOW_PARAMS = {
    "window_start": Param(**_BOUND, description="first moment to take, with its time zone"),
    "window_end": Param(**_BOUND, description="first moment not to take; give both or neither"),
}

# For `default_args`, beside a DAG's owner and number of retries: a source that does not answer is
# back within minutes as a rule, and is asked with growing pauses until then.
PATIENT_WITH_SOURCES = {
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": ONLY_WHAT_PASSES_BY_ITSELF,
    # Years of history in one window are minutes of work; more than this is a hang.
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": [MailDataEngineers()],
}


@task(map_index_template="{{ task.op_kwargs['feed'] }}", outlets=[ACCEPTED_FEED])
def catch_up(
    feed,
    data_interval_start=None,
    data_interval_end=None,
    params=None,
    dag_run=None,
    run_id=None,
    outlet_events=None,
):
    """Land and validate the schedule's intervals that are missing; none when a window is asked."""
    from datetime import UTC, datetime

    from storepulse.replay.catch_up import catch_up as catch_up_before
    from storepulse.settings import Settings
    from storepulse.windows import asked_for, of_run

    if asked_for(params.get("window_start"), params.get("window_end")):
        return []
    settings = Settings()
    window = of_run(data_interval_start, data_interval_end, params, dag_run.run_after)
    now = datetime.now(UTC)
    caught_up = catch_up_before(settings, settings.source, feed, window, run_id, now)
    windows = [one.id for one in (*caught_up.accepted, *caught_up.lost)]
    if windows:
        outlet_events[ACCEPTED_FEED].add(accepted(feed), extra={"windows": windows})
    return windows


@task(map_index_template="{{ task.op_kwargs['feed'] }}")
def land(
    feed, data_interval_start=None, data_interval_end=None, params=None, dag_run=None, run_id=None
):
    """Fetch the run's window of one feed; safe to repeat, the window is replaced."""
    from airflow.sdk.exceptions import AirflowSkipException

    from storepulse.extract.land import land as land_window
    from storepulse.feeds.sources import load_source
    from storepulse.settings import Settings
    from storepulse.windows import USUAL_LENGTH, asked_for, of_run

    settings = Settings()
    window = of_run(data_interval_start, data_interval_end, params, dag_run.run_after)
    is_asked = asked_for(params.get("window_start"), params.get("window_end"))
    interval = USUAL_LENGTH if is_asked else window.end - window.start
    source = load_source(settings, settings.source)
    if source.ends and window.start >= source.ends:
        raise AirflowSkipException(f"{source.name} says that it ends at {source.ends}")
    landed = land_window(settings, source.name, feed, window, run_id, interval=interval)
    return {
        "feed": feed,
        "source": source.name,
        "window": window.id,
        "path": str(landed.path),
        "rows": landed.rows,
    }


@task(map_index_template="{{ task.op_kwargs['landed']['feed'] }}", outlets=[ACCEPTED_FEED])
def validate(landed, outlet_events=None):
    """Judge the landed window; announce its feed once the good rows are accepted."""
    from storepulse.settings import Settings
    from storepulse.validate import validate as validate_window
    from storepulse.windows import Window

    window = Window.from_id(landed["window"])
    verdict = validate_window(Settings(), landed["source"], landed["feed"], window)
    counts = {
        "window": window.id,
        "landed": verdict.landed,
        "accepted": verdict.accepted,
        "quarantined": verdict.quarantined,
    }
    outlet_events[ACCEPTED_FEED].add(accepted(landed["feed"]), extra=counts)
    return counts


@task_group
def ingest_feed(feed):
    """One feed's way, on its own: what another feed of the DAG does cannot hold it up."""
    # Beside its own window: what cannot be had any more keeps nothing out and turns the run red.
    catch_up(feed=feed)
    validate(landed=land(feed=feed))


def feed_names(flow):
    """The feeds of one flow, to expand `ingest_feed` over."""
    return [feed.name for feed in feeds_of(flow)]
