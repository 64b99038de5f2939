"""Build the warehouse with dbt: plan which days to rebuild, then run dbt once."""
