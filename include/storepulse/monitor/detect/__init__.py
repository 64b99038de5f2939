"""Say which closed days of which KPIs lie outside what is usual for them.

series    fct_kpi_days as arrays, one row per series and one column per day
counts    how odd a small count is
band      walk forward over the days: what to expect, how wide, how odd the day was
judge     which days are new, which odd ones matter
"""

from storepulse.monitor.detect.judge import judge

__all__ = ["judge"]
