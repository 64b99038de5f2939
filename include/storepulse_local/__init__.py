"""Run everything on one machine: the demo, and Airflow together with a simulated shop.

This is the only package under `include/` that imports all the others and Airflow; none of them
imports it.
"""
