"""Hand finished marts to readers: a DuckDB file and Parquet, swapped in whole after checks.

serving/storepulse.duckdb        schema `marts`, readable by DuckDB drivers from 1.0 on; and
                                 `marts_compat`, the names of the release before
serving/parquet/<version>/       one file per mart; the last three versions are kept
serving/parquet/current          link to the newest version
serving/manifest.json            version, as-of, rows, checksums, schema hash; written last
"""

from storepulse.publish.swap import Published, publish

__all__ = ["Published", "publish"]
