"""What dbt adds to its SQL: run a build and note every statement, then run those without dbt.

    python tests/bench/dbt_overhead.py record statements.jsonl [--full]
    python tests/bench/dbt_overhead.py replay statements.jsonl FOLDER

`record` is `storepulse build` with a list kept of what dbt sends to DuckDB. `replay` sends the same
in one bare DuckDB process, to the file FOLDER/storepulse.duckdb: a copy of the warehouse as it was
before the build, or nothing if there was none. Both print how long it took.
"""

import argparse
import itertools
import json
import time
from pathlib import Path
from unittest import mock

import duckdb
import yaml
from rich.console import Console

PROFILE = Path(__file__).resolve().parents[2] / "dbt_project" / "profiles.yml"


def main() -> int:
    """Record or replay."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("record")
    verb.add_argument("statements", type=Path)
    verb.add_argument("--full", action="store_true", help="rebuild every day")
    verb.set_defaults(run=lambda options: record(options.statements, options.full))
    verb = verbs.add_parser("replay")
    verb.add_argument("statements", type=Path)
    verb.add_argument("folder", type=Path)
    verb.set_defaults(run=lambda options: replay(options.statements, options.folder))
    options = parser.parse_args()
    options.run(options)
    return 0


def record(place: Path, full: bool) -> None:
    """Build, and write each statement as a line: the number of its cursor, the text, bindings."""
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

    from storepulse.settings import Settings
    from storepulse.transform import dbt_runner

    sent: list[tuple[int, str, list[object] | None]] = []
    numbers = itertools.count()
    execute = DuckDBCursorWrapper.execute

    def noted(cursor, sql, bindings=None):
        number = vars(cursor).setdefault("number", next(numbers))
        sent.append((number, sql, bindings))
        return execute(cursor, sql, bindings)

    with mock.patch.object(DuckDBCursorWrapper, "execute", noted):
        built = dbt_runner.build(Settings(), full)
    place.write_text("".join(json.dumps(one) + "\n" for one in sent), encoding="utf-8")
    Console().print(
        f"{built.models} models and {built.tests} tests in {built.seconds:.2f} s", highlight=False
    )


def replay(place: Path, folder: Path) -> None:
    """Send the statements on as many cursors as dbt had, in its order and with its settings."""
    sent = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]
    last = {number: position for position, (number, _, _) in enumerate(sent)}
    output = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))["storepulse"]["outputs"]["duckdb"]
    started = time.perf_counter()
    with duckdb.connect(folder / "storepulse.duckdb", config=output["config_options"]) as database:
        cursors: dict[int, duckdb.DuckDBPyConnection] = {}
        for position, (number, sql, bindings) in enumerate(sent):
            cursor = cursors.get(number) or cursors.setdefault(number, database.cursor())
            cursor.execute(sql, bindings).fetchall()
            if position == last[number]:
                # what a test's transaction began is rolled back, as dbt does
                cursor.close()
    Console().print(
        f"{len(sent)} statements in {time.perf_counter() - started:.2f} s", highlight=False
    )


if __name__ == "__main__":
    raise SystemExit(main())
