"""Make incidents of anomalies: one cause, one mail, and the evidence for it.

incidents    anomalies in, incidents out
grouping     which anomalies of a store's day belong together, which one stands for them
attribution  which slice moved the whole; the parts add up to it
evidence     what else is known of the day: stock, prices, coupons, tracking
"""

from storepulse.monitor.diagnose.incidents import explain

__all__ = ["explain"]
