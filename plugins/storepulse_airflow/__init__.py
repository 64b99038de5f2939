"""What the DAG files share and Airflow must be able to import in every process."""
