"""Watch KPIs: detect anomalies, diagnose them into incidents, record what was notified."""
