"""Code shared by the DAG files, which Airflow must be able to import in every process."""
