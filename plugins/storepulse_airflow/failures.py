"""Mail data engineers about a task that has failed with no retries left."""

from airflow.sdk import BaseNotifier


class MailDataEngineers(BaseNotifier):
    """Write a mail about a failed task: the error's message first, then what to do.

    Airflow calls this once no retry is left. The cause of a failed feed often fails other feeds
    within minutes, so a feed's failure is only noted, and `watch_clock` sends one mail for all.
    """

    def notify(self, context):
        """Write the mail or the note, and send waiting mails where SMTP is configured.

        Args:
            context: the failed task's context; without an exception when its process was killed.
        """
        from datetime import UTC, datetime

        from storepulse.errors import WindowRejected
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
            task_failures.mail_engineers(settings, failure)
            return
        if not isinstance(error, WindowRejected):
            # A rejected window is in quarantine, where `watch_clock` finds it.
            task_failures.note(settings, failure)
        if data_incident_mails.nobody_watches(settings, now):
            data_incident_mails.mail_data_incidents(settings, now)
