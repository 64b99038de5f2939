"""From a landed window to its verdict, step by step."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

import duckdb

from storepulse.errors import NothingLanded, WindowHeldBack
from storepulse.feeds.registry import Feed, feed_named
from storepulse.lake import decisions
from storepulse.lake.lineage import impact_of
from storepulse.lake.locks import validation_lock
from storepulse.lake.paths import WindowFiles
from storepulse.lake.quarantine import CONFLICT, DUPLICATE
from storepulse.settings import Settings
from storepulse.validate import (
    blank_rows,
    casting,
    corrections,
    messages,
    references,
    result,
    schema_drift,
    scratch_db,
    usual_snapshots,
    write_results,
)
from storepulse.validate.result import Finding, Verdict
from storepulse.validate.suite import gx_results, gx_runner, row_rules, suites
from storepulse.validate.suite.placeholders import BUSY_HOURS, USUAL_SNAPSHOTS, Placeholders
from storepulse.validate.suite.rules import Outcome, Rule
from storepulse.validate.tally import Tally
from storepulse.validate.volume import busy_hours, usual_rows
from storepulse.windows import Window, refuse_out_of_time

logger = logging.getLogger(__name__)

_DUPLICATE_WHY = (
    "a newer version of the same key, or the same row again, is in this window; the newest counts"
)
_CONFLICT_WHY = (
    "another row has the same key and change time and says otherwise, so nobody can tell which "
    "counts: give one of them up, correct them, or have the mapping sum or choose"
)


def validate(
    settings: Settings,
    source_name: str,
    feed_name: str,
    window: Window,
    now: datetime | None = None,
) -> Verdict:
    """Judge a landed window and write its accepted and quarantined rows.

    May be run again at any time; the same landed rows and suite give the same files. `now` is the
    clock, aware; None reads the machine's.

    Returns:
        The verdict, which is also written to `validation.json` beside the landed rows.

    Raises:
        WindowInvalid: the window ends more than a day after the clock.
        WindowHeldBack: a critical rule refuses the window as a whole; `validation.json` says so
            and what was accepted or quarantined of this window before is as it was.
        NothingLanded: the window was never landed.
        SuiteInvalid: the feed's suite cannot be used.
        AnotherRunIsWriting: the same window is being judged and does not get finished in time.
        DiskFull: nothing half-written was kept.
    """
    feed = feed_named(feed_name)
    refuse_out_of_time(window, now)
    files = WindowFiles(settings, feed_name, source_name, window)
    suite = suites.load(settings.expectations_dir / f"{feed_name}.yaml", feed)
    with validation_lock(files):
        manifest = _manifest(files)
        # From here to the last line there is no verdict: a crash in between shows.
        files.verdict.unlink(missing_ok=True)
        files.gx_results.unlink(missing_ok=True)
        with scratch_db.opened(files) as con:
            judged = _Judging(feed, files, suite, manifest, con).run()
        result.write(judged, files)
    _log(judged)
    if judged.verdict == "held":
        impact = str(impact_of(settings, [feed_name]))
        raise WindowHeldBack(result.held_back_message(judged, suite.path, impact))
    return judged


def _manifest(files: WindowFiles) -> Mapping[str, object]:
    place = files.landed / "manifest.json"
    if not place.is_file():
        land = result.command("land", files.source, files.feed, files.window)
        raise NothingLanded(
            f"{files.feed} from {files.source} has not landed for {files.window}: expected "
            f"{place}. Run {land}"
        )
    try:
        return dict(json.loads(place.read_text(encoding="utf-8")))
    except ValueError as damage:
        land = result.command("land", files.source, files.feed, files.window)
        raise NothingLanded(
            f"{place} is damaged ({damage}): what landed there cannot be trusted. Run {land}"
        ) from damage


@dataclass(frozen=True)
class _Judging:
    """One window on the bench, with what it is judged by."""

    feed: Feed
    files: WindowFiles
    suite: suites.Suite
    manifest: Mapping[str, object]
    con: duckdb.DuckDBPyConnection
    tally: Tally = field(default_factory=Tally)

    def run(self) -> Verdict:
        """Go from the landed columns to the written rows; stop where the window is condemned."""
        told, failures = self._look_at_columns()
        if failures:
            return self._held(failures, told, typed=False)
        standing = decisions.that_stand(decisions.read(self.files))
        corrections.put_decisions_in_place(self.con, self.feed, standing)
        rows, is_whole = scratch_db.read_types(
            self.con, self.feed, self.files, self._brings_snapshots()
        )
        failures = self._look_at_rows(rows, is_whole)
        if failures:
            return self._held(failures, told, typed=True)
        failures = self._look_at_values(rows)
        if failures:
            return self._held_with_rows(failures, told, [])
        rules, waiting = self._rules()
        if not self.con.execute("select 1 from judged limit 1").fetchall():
            rules = [rule for rule in rules if suites.wants_rows(rule)]
        columns = casting.judged_columns(self.feed)
        outcomes = gx_runner.judge(self.con, "judged", columns, rules) if rules else []
        self.tally.rules(outcomes)
        if outcomes:
            run_id = str(self.manifest.get("run_id", ""))
            gx_results.write(self.files, self.suite.name, run_id, outcomes)
        failures = [self._finding(outcome) for outcome in outcomes if outcome.holds_back]
        told += [
            self._finding(outcome)
            for outcome in outcomes
            if not outcome.passed and not outcome.holds_back
        ]
        told += self._look_at_references()
        if failures and (lines := list(blank_rows.found(self.con, self.feed, rows))):
            return self._held(lines, [], typed=True)
        if failures:
            return self._held_with_rows(failures, told, rules)
        return replace(self._split(rules, told), not_judged=waiting)

    def _look_at_columns(self) -> tuple[list[Finding], list[Finding]]:
        """Compare the landed columns with those wanted; what nothing uses may be missing."""
        rows_file = self.files.landed / "rows.parquet"
        try:
            landed = scratch_db.landed_columns(self.con, rows_file)
        except duckdb.Error as unreadable:
            failures = [_not_whole(f"a file that cannot be read: {unreadable}")]
            self.tally.whole(failures)
            return [], failures
        columns = schema_drift.compared(self.feed, self.files, landed)
        self.tally.columns(columns)
        scratch_db.read_as_null(self.con, rows_file, columns.unused)
        return list(columns.told), list(columns.failures)

    def _look_at_rows(self, rows: int, is_whole: bool) -> list[Finding]:
        rows += corrections.given_up(self.con, self.feed)[0]
        got = None if is_whole else "rows that share a _position"
        if rows != self.manifest["rows"]:
            got = f"{rows} rows where the manifest says {self.manifest['rows']}"
        failures = [_not_whole(got)] if got else []
        self.tally.whole(failures)
        return failures

    def _look_at_values(self, rows: int) -> list[Finding]:
        """Hold the window back for columns that are of another type, or empty."""
        bad = scratch_db.mistyped(self.con)
        retyped = schema_drift.retyped(self.con, self.feed, rows, bad)
        self.tally.types(len(self.feed.columns), bad, retyped)
        if retyped:
            return retyped
        failures = schema_drift.emptied(self.con, self.feed, self.files)
        self.tally.emptied(failures)
        return failures

    def _look_at_references(self) -> list[Finding]:
        # Not counted among the checks: what else was accepted by then would change their number.
        columns = references.compared(self.feed, self.files)
        return list(references.misspelled(self.con, self.feed, columns))

    def _brings_snapshots(self) -> bool:
        return self.manifest.get("snapshots") is not False

    def _rules(self) -> tuple[Sequence[Rule], tuple[str, ...]]:
        hours = busy_hours(self.files, self.feed) if self.suite.uses(BUSY_HOURS) else None
        asks_whose = self._brings_snapshots() and self.suite.uses(USUAL_SNAPSHOTS)
        whose = list(usual_snapshots.usual(self.feed, self.files) or ()) if asks_whose else None
        usual = usual_rows(self.files)
        placeholders = Placeholders(self.files.window, usual, hours, whose)
        suite, waiting = self.suite.filled_in(placeholders)
        return suite.rules, tuple(rule.id for rule in waiting)

    def _finding(self, outcome: Outcome) -> Finding:
        return messages.finding(self.con, self.feed, self.files, outcome)

    def _reasons(self, rules: Sequence[Rule]) -> dict[str, str]:
        reasons = {
            casting.type_rule(column): casting.why(self.feed, column)
            for column in self.feed.columns
        }
        reasons |= {rule.id: rule.why for rule in _refusing(rules)}
        reasons |= {DUPLICATE: _DUPLICATE_WHY, CONFLICT: _CONFLICT_WHY}
        return reasons

    def _split(self, rules: Sequence[Rule], told: list[Finding]) -> Verdict:
        scratch_db.refuse(self.con, self.feed, _refusing(rules))
        accepted, refused = write_results.write_split(
            self.con,
            self.feed,
            self.files,
            self.manifest,
            self._reasons(rules),
            self.tally.counted(),
        )
        self.files.refused_when_held.unlink(missing_ok=True)
        rows_by_rule, amount_by_rule = scratch_db.refused_by_rule(self.con)
        return replace(
            self._verdict(told),
            accepted=accepted,
            quarantined=refused,
            corrected=corrections.corrected_and_passing(self.con),
            amount_landed=self._amount_landed(),
            amount_accepted=scratch_db.amounts(self.con, "accepted"),
            amount_held=scratch_db.amounts(
                self.con, "(select * from typed semi join refusals using (_position))"
            ),
            refused_by_rule=rows_by_rule,
            amount_by_rule=amount_by_rule,
        )

    def _held_with_rows(
        self, failures: list[Finding], told: list[Finding], rules: Sequence[Rule]
    ) -> Verdict:
        """Hold the window back, and keep the rows against it where people can work with them."""
        scratch_db.refuse(self.con, self.feed, _refusing(rules))
        write_results.write_held(self.con, self.feed, self.files, self._reasons(rules))
        return self._held(failures, told, typed=True)

    def _held(self, failures: list[Finding], told: list[Finding], typed: bool) -> Verdict:
        return replace(
            self._verdict(told),
            verdict="held",
            amount_landed=self._amount_landed() if typed else {},
            amount_held=scratch_db.amounts(self.con, "typed") if typed else {},
            failures=tuple(failures),
        )

    def _amount_landed(self) -> dict[str, Decimal]:
        amounts = scratch_db.amounts(self.con, "typed")
        for currency, amount in corrections.given_up(self.con, self.feed)[1].items():
            amounts[currency] = amounts.get(currency, Decimal()) + amount
        return amounts

    def _verdict(self, told: list[Finding]) -> Verdict:
        rows = self.manifest["rows"]
        dropped, amount_dropped = corrections.given_up(self.con, self.feed)
        return Verdict(
            feed=self.feed.name,
            source=self.files.source,
            window=self.files.window,
            verdict="accepted",
            landed=rows if isinstance(rows, int) else 0,
            dropped=dropped,
            amount_dropped=amount_dropped,
            told=tuple(told),
            checks=self.tally.counted(),
            run_id=str(self.manifest.get("run_id", "")),
        )


def _refusing(rules: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.severity == "critical" and rule.type in row_rules.TYPES]


def _not_whole(got: str) -> Finding:
    return Finding(
        "landed_whole",
        "the rows that the manifest tells of",
        got,
        "a damaged file would lose rows unnoticed; land the window again",
    )


def _log(judged: Verdict) -> None:
    counts = (judged.landed, judged.accepted, judged.quarantined)
    logger.info(
        "validated %s from %s, %s: %d rows, %d accepted, %d quarantined, %s",
        *(judged.feed, judged.source, judged.window, *counts, judged.verdict),
    )
    for finding in judged.told:
        logger.warning("%s from %s: %s", judged.feed, judged.source, finding)
