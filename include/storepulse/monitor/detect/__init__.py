"""Find the closed days of KPIs that lie outside their expected range.

series             fct_kpi_daily as arrays, one row per series and one column per day
count_scores       how anomalous a small count is
tail_scaling       how far scores of ordinary days reach
forecast_interval  walk forward: the expected range, and how far outside it the day was
series_state       what the walk remembers from day to day
evaluate           which days are new, which anomalies matter
"""

from storepulse.monitor.detect.evaluate import evaluate

__all__ = ["evaluate"]
