"""Validate: judge a landed window, let good rows through, keep bad ones with their reasons.

    landed text ─► casting ─► gate (Great Expectations, the whole suite) ─► splitting ─┬► accepted
                                     └► held back as a whole                           └► quarantine

Suites are `expectations/<feed>.yaml`. Landed rows = accepted + quarantined, in rows and in money,
always; see `verdict` for what is told about a window and `storepulse.quarantine` for what is held.
"""

from storepulse.validate.judgement import validate
from storepulse.validate.verdict import Finding, Verdict

__all__ = ["Finding", "Verdict", "validate"]
