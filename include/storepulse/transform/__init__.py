"""Build the warehouse with dbt: what is new, which days that touches, then one run of dbt."""
