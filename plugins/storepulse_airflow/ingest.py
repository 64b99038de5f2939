"""The tasks of every ingest DAG, per feed: ingest missing windows, and the run's own window."""

from datetime import timedelta

from airflow.sdk import Param, task, task_group

from storepulse_airflow.assets import ACCEPTED_FEED, accepted
from storepulse_airflow.failures import MailDataEngineers
from storepulse_airflow.retries import RETRY_TRANSIENT_ONLY

_BOUND = {"default": None, "type": ["null", "string"], "format": "date-time"}

# With both set, a run takes this window instead of its data interval: a rerun, or long history.
WINDOW_PARAMS = {
    "window_start": Param(**_BOUND, description="start (inclusive), with a time zone"),
    "window_end": Param(**_BOUND, description="end (exclusive); give both or neither"),
}

# For `default_args`, together with a DAG's owner and number of retries: a source that does not
# answer is usually back within minutes, and is retried with growing pauses until then.
SOURCE_RETRIES = {
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": RETRY_TRANSIENT_ONLY,
    # Years of history in one window take minutes; whatever takes longer than this hangs.
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": [MailDataEngineers()],
}


@task
def connected_feeds(flow):
    """Names of the flow's feeds that the connected source has, to expand `ingest_feed` over."""
    from storepulse.feeds.registry import feeds_of
    from storepulse.feeds.sources import load_source
    from storepulse.settings import Settings

    settings = Settings()
    connected = load_source(settings, settings.source).feeds
    return [feed.name for feed in feeds_of(flow) if feed.name in connected]


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
    """Land and validate the schedule's missing intervals; none when the run was given a window."""
    from datetime import UTC, datetime

    from storepulse.replay.catch_up import catch_up as catch_up_before
    from storepulse.settings import Settings
    from storepulse.windows import parse_window, window_for_run

    if parse_window(params.get("window_start"), params.get("window_end")):
        return []
    settings = Settings()
    window = window_for_run(data_interval_start, data_interval_end, params, dag_run.run_after)
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
    """Extract the run's window of one feed; safe to repeat, the window is replaced."""
    from airflow.sdk.exceptions import AirflowSkipException

    from storepulse.extract.land import land as land_window
    from storepulse.feeds.sources import load_source
    from storepulse.settings import Settings
    from storepulse.windows import USUAL_LENGTH, parse_window, window_for_run

    settings = Settings()
    window = window_for_run(data_interval_start, data_interval_end, params, dag_run.run_after)
    is_asked = parse_window(params.get("window_start"), params.get("window_end"))
    interval = USUAL_LENGTH if is_asked else window.end - window.start
    source = load_source(settings, settings.source)
    if source.ends and window.start >= source.ends:
        raise AirflowSkipException(f"source {source.name} ended at {source.ends}")
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
    """Validate the landed window; update its feed's asset once the good rows are accepted."""
    from storepulse.settings import Settings
    from storepulse.validate import validate as validate_window
    from storepulse.windows import Window

    window = Window.from_id(landed["window"])
    result = validate_window(Settings(), landed["source"], landed["feed"], window)
    counts = {
        "window": window.id,
        "landed": result.landed,
        "accepted": result.accepted,
        "quarantined": result.quarantined,
    }
    outlet_events[ACCEPTED_FEED].add(accepted(landed["feed"]), extra=counts)
    return counts


@task_group
def ingest_feed(feed):
    """Ingest one feed, independently of the DAG's other feeds."""
    # In parallel: a missing window that fails turns the run red but does not block the own window.
    catch_up(feed=feed)
    validate(landed=land(feed=feed))
