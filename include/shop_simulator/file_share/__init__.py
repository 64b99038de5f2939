"""Files of other departments: plans, settlements and the sales platforms' reports."""
