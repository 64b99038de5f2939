"""storepulse: from a shop's source systems to KPIs, BI marts and a supervisor's mail."""
