"""Validate a landed window: accept good rows, quarantine bad ones with their reasons.

    landed text ─► casting ─► gx_runner (Great Expectations) ─► write_results ─┬► accepted
                                     └► window rejected                        └► quarantine

Suites are `expectations/<feed>.yaml`. Landed rows = accepted + quarantined, in rows and in money,
always; see `result` for what is recorded about a window and `storepulse.lake.quarantine` for what
was refused.
"""

from storepulse.validate.result import CheckFailure, ValidationResult
from storepulse.validate.run import validate

__all__ = ["CheckFailure", "ValidationResult", "validate"]
