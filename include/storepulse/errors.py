"""Everything storepulse raises on purpose.

    StorepulseError
    ├── SettingMissing          an environment variable that is needed is not set
    ├── UnknownFeed             a feed name that the registry does not hold
    ├── WindowInvalid           the start and end asked for make no window: give both, in order
    ├── SourceError             something about a connected shop
    │   ├── SourceInvalid       its folder or source.yaml is wrong: fix the file
    │   ├── SourceUnreachable   network or database is down: worth retrying
    │   │   └── TookTooLong     its query used up its time: worth retrying, but not at once
    │   ├── SourceUnreadable    it answered, but with something that cannot be read: do not retry
    │   ├── NotCaptured         it knows only what is so now, and the window is over: nothing to do
    │   └── WindowTooLarge      it has more rows for one window than the source is allowed to give
    ├── SuiteInvalid            a suite in expectations/ cannot be used: fix the file
    ├── WindowHeldBack          a critical rule refuses a landed window: fix the source, run again
    ├── RepairInvalid           a correction of refused rows that cannot be carried out as it is
    ├── DecisionsDamaged        what people decided is not as it was written: restore the file
    ├── NothingLanded           a step was asked for a window that was never landed
    ├── AnotherRunIsWriting     a second run wants what a first one holds: wait or stop it
    ├── DiskFull                nothing half-written was kept: free space, run again
    ├── BackupInvalid           a folder that cannot be backed up to or restored from as it is
    ├── LedgerLost              what earlier builds said is gone: restore it, or go on without it
    ├── TransformFailed         dbt did not finish: the message names the nodes
    ├── PublishRefused          built marts break their promises: readers keep the last good ones
    ├── NothingPublished        watching or reporting was asked for before the first publish
    └── MailNotSent             the SMTP server refused: the mail stays in the outbox

Each message says what was expected, what came instead, and what to do next. Never a secret, never a
customer's data.
"""


class StorepulseError(Exception):
    """Catch this at the outermost edge only, to print the message instead of a stack trace."""


class SettingMissing(StorepulseError):
    """Raised when a needed environment variable is not set."""


class UnknownFeed(StorepulseError):
    """Raised when a feed name is not in the registry."""


class WindowInvalid(StorepulseError):
    """Raised when a start and an end that somebody asked for make no window."""


class SourceError(StorepulseError):
    """Base of all that can be wrong with a connected shop."""


class SourceInvalid(SourceError):
    """Raised when a source's folder does not say what the pipeline needs to know."""


class SourceUnreachable(SourceError):
    """Raised when a source does not answer. The only source error worth a retry."""


class TookTooLong(SourceUnreachable):
    """Raised when a query used up its time: asked again at once it would use up as much again."""


class SourceUnreadable(SourceError):
    """Raised when a source answers with something that cannot be read."""


class SuiteInvalid(StorepulseError):
    """Raised when an expectation suite says something that cannot be checked."""


class NotCaptured(SourceError):
    """Raised when a window that is over is asked of a source without a past."""


class WindowTooLarge(SourceError):
    """Raised when a window holds more rows than its source says one may; nothing is kept."""


class WindowHeldBack(StorepulseError):
    """Raised when a landed window breaks a critical rule; nothing of it reaches accepted."""


class RepairInvalid(StorepulseError):
    """Raised when refused rows cannot be chosen or corrected the way somebody asked for."""


class DecisionsDamaged(StorepulseError):
    """Raised when lines of a file of decisions were cut, changed, removed or put in by hand."""


class NothingLanded(StorepulseError):
    """Raised when a window is to be validated that was never landed."""


class AnotherRunIsWriting(StorepulseError):
    """Raised when a lock is not released in time."""


class DiskFull(StorepulseError):
    """Raised when a file could not be written whole for want of space."""


class BackupInvalid(StorepulseError):
    """Raised when a backup cannot be written or put back; what was there before is as it was."""


class LedgerLost(StorepulseError):
    """Raised when builds were made here, but neither the as-of ledger nor its export is left."""


class TransformFailed(StorepulseError):
    """Raised when dbt reports an error or a failed test."""


class PublishRefused(StorepulseError):
    """Raised when the built marts do not pass the checks made before they are shown to readers."""


class NothingPublished(StorepulseError):
    """Raised when published marts are to be read that do not exist yet."""


class MailNotSent(StorepulseError):
    """Raised when an SMTP server refuses or does not answer."""
