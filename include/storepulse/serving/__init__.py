"""The only reader of published marts: KPI catalogue, calendar, and which days are ready."""
