"""Everything storepulse raises on purpose.

    StorepulseError
    ├── SettingMissing          an environment variable that is needed is not set
    ├── UnknownFeed             a feed name that is not in the registry
    ├── WindowInvalid           start and end do not make a window: give both, in order
    ├── SourceError             something about a connected shop
    │   ├── SourceInvalid       its folder or source.yaml is wrong: fix the file
    │   ├── SourceUnreachable   network or database is down: worth retrying
    │   │   └── TookTooLong     its query timed out: worth retrying, but not at once
    │   ├── SourceUnreadable    it answered, but the answer cannot be read: do not retry
    │   ├── NotCaptured         it serves only the current state, and the window is over: give up
    │   └── WindowTooLarge      it has more rows for one window than the source allows
    ├── SuiteInvalid            a suite in expectations/ cannot be used: fix the file
    ├── WindowRejected          a landed window failed critical checks: fix the source, run again
    ├── RepairInvalid           a correction of refused rows cannot be applied as written
    ├── DecisionsDamaged        a file of corrections was altered: restore the file
    ├── NothingLanded           a step was run for a window that was never landed
    ├── AnotherRunIsWriting     another run holds the lock: wait for it or stop it
    ├── DiskFull                nothing half-written was kept: free space, run again
    ├── BackupInvalid           a folder cannot be used to back up to or restore from
    ├── LedgerLost              the as-of ledger is gone: restore it, or go on without it
    ├── TransformFailed         dbt did not finish: the message names the nodes
    ├── PublishRefused          built marts fail their expectations: readers keep the last good ones
    ├── NothingPublished        watching or reporting was run before the first publish
    └── MailNotSent             the SMTP server refused: the mail stays in the outbox

Each message states what was expected, what arrived instead, and what to do next. Never a secret,
never a customer's data.
"""


class StorepulseError(Exception):
    """Catch this at the outermost edge only, to print the message instead of a stack trace."""


class SettingMissing(StorepulseError):
    """Raised when a required environment variable is not set."""


class UnknownFeed(StorepulseError):
    """Raised when a feed name is not in the registry."""


class WindowInvalid(StorepulseError):
    """Raised when a given start and end do not make a window."""


class SourceError(StorepulseError):
    """Base of everything that can be wrong with a connected shop."""


class SourceInvalid(SourceError):
    """Raised when a source's folder lacks what the pipeline needs, or has it wrong."""


class SourceUnreachable(SourceError):
    """Raised when a source does not answer. The only source error worth a retry."""


class TookTooLong(SourceUnreachable):
    """Raised when a query timed out: run again at once, it would time out again."""


class SourceUnreadable(SourceError):
    """Raised when a source's answer cannot be read."""


class SuiteInvalid(StorepulseError):
    """Raised when an expectation suite contains something that cannot be checked."""


class NotCaptured(SourceError):
    """Raised when a past window is requested from a source that keeps no history."""


class WindowTooLarge(SourceError):
    """Raised when a window has more rows than its source allows; nothing is kept."""


class WindowRejected(StorepulseError):
    """Raised when a landed window fails a critical check; none of it is accepted."""


class RepairInvalid(StorepulseError):
    """Raised when refused rows cannot be selected or corrected as requested."""


class DecisionsDamaged(StorepulseError):
    """Raised when lines of a decisions file were cut, changed, removed or added by hand."""


class NothingLanded(StorepulseError):
    """Raised when validating a window that was never landed."""


class AnotherRunIsWriting(StorepulseError):
    """Raised when a lock is not released in time."""


class DiskFull(StorepulseError):
    """Raised when a file could not be written completely for lack of space."""


class BackupInvalid(StorepulseError):
    """Raised when a backup cannot be written or restored; what was there before is unchanged."""


class LedgerLost(StorepulseError):
    """Raised when earlier builds exist, but neither the as-of ledger nor its export is left."""


class TransformFailed(StorepulseError):
    """Raised when dbt reports an error or a failed test."""


class PublishRefused(StorepulseError):
    """Raised when the built marts fail the checks that run before they are published."""


class NothingPublished(StorepulseError):
    """Raised when reading published marts that do not exist yet."""


class MailNotSent(StorepulseError):
    """Raised when an SMTP server refuses or does not answer."""
