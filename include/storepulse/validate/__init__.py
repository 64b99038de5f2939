"""Validate: judge a landed window, let good rows through, keep bad ones with their reasons.

    landed text ─► casting ─► gx_runner (Great Expectations) ─► write_results ─┬► accepted
                                     └► held back as a whole                           └► quarantine

Suites are `expectations/<feed>.yaml`. Landed rows = accepted + quarantined, in rows and in money,
always; see `result` for what is told about a window and `storepulse.lake.quarantine` for what is
held.
"""

from storepulse.validate.result import Finding, Verdict
from storepulse.validate.run import validate

__all__ = ["Finding", "Verdict", "validate"]
