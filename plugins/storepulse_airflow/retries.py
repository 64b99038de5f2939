"""Which failures are worth another try: those that pass by themselves, and no others."""

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from storepulse.errors import AnotherRunIsWriting, MailNotSent, SourceUnreachable, StorepulseError

# The first rule that matches decides. No delay is set here, so the task's own back-off holds.
# What no rule names (a full memory, a lost database connection) gets the task's usual retries.
ONLY_WHAT_PASSES_BY_ITSELF = ExceptionRetryPolicy(
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
            reason="what was needed did not answer; it may in a moment",
        ),
        RetryRule(
            exception=StorepulseError,
            action=RetryAction.FAIL,
            reason="the same data would fail the same way; the message says what to do",
        ),
    ]
)
