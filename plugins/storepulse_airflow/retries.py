"""Which failures are retried: transient ones only."""

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from storepulse.errors import AnotherRunIsWriting, MailNotSent, SourceUnreachable, StorepulseError

# The first rule that matches decides. No delay is set here, so the task's own back-off applies.
# Errors that no rule names (out of memory, a lost database connection) get the task's retries.
RETRY_TRANSIENT_ONLY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[
                SourceUnreachable,
                AnotherRunIsWriting,
                MailNotSent,
                ConnectionError,
                TimeoutError,
            ],
            action=RetryAction.RETRY,
            reason="transient: the other side did not answer, or was busy",
        ),
        RetryRule(
            exception=StorepulseError,
            action=RetryAction.FAIL,
            reason="permanent: a retry would fail the same way; the message says what to do",
        ),
    ]
)
