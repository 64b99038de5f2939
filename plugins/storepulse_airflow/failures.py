"""Tell the data engineers by mail that a task has failed for good."""

from airflow.sdk import BaseNotifier


class MailDataEngineers(BaseNotifier):
    """Hand a failed task to storepulse's outbox: the error's own words first, then where to look.

    Retries that are still to come send nothing; Airflow calls this once none is left.
    """

    def notify(self, context):
        """Write the mail, and send it where SMTP is configured.

        Args:
            context: the failed task's context; its exception may be missing when the process died.
        """
        from storepulse import troubles
        from storepulse.errors import WindowHeldBack
        from storepulse.failures import Failure, tell_engineers
        from storepulse.settings import Settings

        task_instance, error = context["ti"], context.get("exception")
        if isinstance(error, WindowHeldBack):
            # The next window may be held back for the same cause: told once a day, not every run.
            troubles.tell(Settings())
            return
        member = getattr(task_instance, "rendered_map_index", None)
        failure = Failure(
            flow=task_instance.dag_id,
            step=task_instance.task_id + (f" [{member}]" if member else ""),
            run=task_instance.run_id,
            attempt=task_instance.try_number,
            error=error if isinstance(error, BaseException) else None,
            log_url=task_instance.log_url,
            page=context["dag"].doc_md or "",
        )
        tell_engineers(Settings(), failure)
