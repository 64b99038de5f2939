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
        from storepulse.failures import Failure, tell_engineers
        from storepulse.settings import Settings

        task_instance, exception = context["ti"], context.get("exception")
        failure = Failure(
            flow=task_instance.dag_id,
            step=task_instance.task_id,
            run=task_instance.run_id,
            attempt=task_instance.try_number,
            member=task_instance.map_index,
            error=type(exception).__name__ if exception else "no error",
            message=str(exception or "the process ended without a word; its log may say more"),
            log_url=task_instance.log_url,
            if_it_fails=context["dag"].doc_md or "",
        )
        tell_engineers(Settings(), failure)
