"""Watch KPIs: detect anomalies, diagnose them into incidents, remember what was reported."""
