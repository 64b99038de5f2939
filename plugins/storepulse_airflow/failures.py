"""Tell the data engineers by mail that a task has failed for good."""

from airflow.sdk import BaseNotifier


class MailDataEngineers(BaseNotifier):
    """Hand a failed task to storepulse's outbox: the error's own words first, then where to look.

    Retries that are still to come send nothing; Airflow calls this once none is left. What fails a
    feed may fail others in the same minutes, so it is noted only, and `watch_clock` tells of all.
    """

    def notify(self, context):
        """Write the mail or the note, and send what is to be sent where SMTP is configured.

        Args:
            context: the failed task's context; its exception may be missing when the process died.
        """
        from datetime import UTC, datetime

        from storepulse.errors import WindowHeldBack
        from storepulse.notify import data_incident_mails, task_failures
        from storepulse.settings import Settings

        task_instance, error = context["ti"], context.get("exception")
        settings, now = Settings(), datetime.now(UTC)
        # Only tasks that are mapped over feeds have one.
        feed = getattr(task_instance, "rendered_map_index", None)
        failure = task_failures.Failure(
            flow=task_instance.dag_id,
            step=task_instance.task_id + (f" [{feed}]" if feed else ""),
            run=task_instance.run_id,
            attempt=task_instance.try_number,
            error=error if isinstance(error, BaseException) else None,
            log_url=task_instance.log_url,
            page=context["dag"].doc_md or "",
            feed=feed,
        )
        if feed is None:
            task_failures.tell_engineers(settings, failure)
            return
        if not isinstance(error, WindowHeldBack):
            # A window held back lies in quarantine, where it is found.
            task_failures.note(settings, failure)
        if data_incident_mails.nobody_looks(settings, now):
            data_incident_mails.tell(settings, now)
