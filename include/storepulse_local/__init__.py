"""Run the whole house on one machine: the demo, and Airflow with a simulated shop beside it.

This is the only package under `include/` that knows all the others and Airflow too; none of them
knows it.
"""
