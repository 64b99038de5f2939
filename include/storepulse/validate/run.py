"""Validate one landed window, step by step."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

import duckdb

from storepulse.errors import NothingLanded, WindowRejected
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
from storepulse.validate.result import CheckFailure, ValidationResult
from storepulse.validate.suite import gx_results, gx_runner, row_rules, suites
from storepulse.validate.suite.placeholders import BUSY_HOURS, USUAL_SNAPSHOTS, Placeholders
from storepulse.validate.suite.rules import Outcome, Rule
from storepulse.validate.tally import Tally
from storepulse.validate.volume import busy_hours, usual_rows
from storepulse.windows import Window, refuse_out_of_time

logger = logging.getLogger(__name__)

_DUPLICATE_WHY = (
    "this window has a newer version of the same key, or the same row again; the newest counts"
)
_CONFLICT_WHY = (
    "another row has the same key and change time but other values, and nothing shows which one is "
    "right: drop one of them, correct them, or have the mapping sum them or choose one"
)


def validate(
    settings: Settings,
    source_name: str,
    feed_name: str,
    window: Window,
    now: datetime | None = None,
) -> ValidationResult:
    """Validate a landed window and write its accepted and quarantined rows.

    May be run again at any time; the same landed rows and suite give the same files. `now` is the
    current time, aware; None reads the system clock.

    Returns:
        The result, which is also written to `validation.json` next to the landed rows.

    Raises:
        WindowInvalid: the window ends more than a day in the future.
        WindowRejected: critical checks failed for the window as a whole; `validation.json` has the
            reasons, and rows of this window accepted or quarantined before are unchanged.
        NothingLanded: the window was never landed.
        SuiteInvalid: the feed's suite cannot be used.
        AnotherRunIsWriting: another run is validating the same window and did not finish in time.
        DiskFull: nothing half-written was kept.
    """
    feed = feed_named(feed_name)
    refuse_out_of_time(window, now)
    files = WindowFiles(settings, feed_name, source_name, window)
    suite = suites.load(settings.expectations_dir / f"{feed_name}.yaml", feed)
    with validation_lock(files):
        manifest = _manifest(files)
        # From here to the last line there is no result on disk, so a crash in between is visible.
        files.validation.unlink(missing_ok=True)
        files.gx_results.unlink(missing_ok=True)
        with scratch_db.opened(files) as con:
            validated = _WindowValidation(feed, files, suite, manifest, con).run()
        result.write(validated, files)
    _log(validated)
    if validated.status == "rejected":
        impact = str(impact_of(settings, [feed_name]))
        raise WindowRejected(result.rejection_message(validated, suite.path, impact))
    return validated


def _manifest(files: WindowFiles) -> Mapping[str, object]:
    place = files.landed / "manifest.json"
    if not place.is_file():
        land = result.command("land", files.source, files.feed, files.window)
        raise NothingLanded(
            f"{files.feed} from {files.source} has not landed for {files.window}: expected "
            f"{place}. Run: {land}"
        )
    try:
        return dict(json.loads(place.read_text(encoding="utf-8")))
    except ValueError as damage:
        land = result.command("land", files.source, files.feed, files.window)
        raise NothingLanded(
            f"{place} is damaged ({damage}), so its rows cannot be trusted. Run: {land}"
        ) from damage


@dataclass(frozen=True)
class _WindowValidation:
    """One window in its scratch database, with everything its validation needs."""

    feed: Feed
    files: WindowFiles
    suite: suites.Suite
    manifest: Mapping[str, object]
    con: duckdb.DuckDBPyConnection
    tally: Tally = field(default_factory=Tally)

    def run(self) -> ValidationResult:
        """Check columns, row count, values and rules in turn, up to the first rejection."""
        warnings, errors = self._check_columns()
        if errors:
            return self._rejected(errors, warnings, typed=False)
        in_force = decisions.that_stand(decisions.read(self.files))
        corrections.apply_decisions(self.con, self.feed, in_force)
        rows, is_whole = scratch_db.read_types(
            self.con, self.feed, self.files, self._has_snapshots()
        )
        errors = self._check_row_count(rows, is_whole)
        if errors:
            return self._rejected(errors, warnings, typed=True)
        errors = self._check_values(rows)
        if errors:
            return self._rejected_with_rows(errors, warnings, [])
        rules, waiting = self._rules()
        if not self.con.execute("select 1 from readable limit 1").fetchall():
            rules = [rule for rule in rules if suites.wants_rows(rule)]
        columns = casting.validated_columns(self.feed)
        outcomes = gx_runner.evaluate(self.con, "readable", columns, rules) if rules else []
        self.tally.rules(outcomes)
        if outcomes:
            run_id = str(self.manifest.get("run_id", ""))
            gx_results.write(self.files, self.suite.name, run_id, outcomes)
        errors = [self._failure(outcome) for outcome in outcomes if outcome.rejects_window]
        warnings += [
            self._failure(outcome)
            for outcome in outcomes
            if not outcome.passed and not outcome.rejects_window
        ]
        warnings += self._check_references()
        if errors and (blank := list(blank_rows.found(self.con, self.feed, rows))):
            return self._rejected(blank, [], typed=True)
        if errors:
            return self._rejected_with_rows(errors, warnings, rules)
        return replace(self._split(rules, warnings), not_evaluated=waiting)

    def _check_columns(self) -> tuple[list[CheckFailure], list[CheckFailure]]:
        """Compare the landed columns with the expected ones; give warnings and errors."""
        rows_file = self.files.landed / "rows.parquet"
        try:
            landed = scratch_db.landed_columns(self.con, rows_file)
        except duckdb.Error as unreadable:
            errors = [_not_whole(f"a file that cannot be read: {unreadable}")]
            self.tally.whole(errors)
            return [], errors
        columns = schema_drift.compared(self.feed, self.files, landed)
        self.tally.columns(columns)
        scratch_db.read_as_null(self.con, rows_file, columns.unused)
        return list(columns.warnings), list(columns.errors)

    def _check_row_count(self, rows: int, is_whole: bool) -> list[CheckFailure]:
        rows += corrections.dropped(self.con, self.feed)[0]
        got = None if is_whole else "rows that share a _position"
        if rows != self.manifest["rows"]:
            got = f"{rows} rows instead of the {self.manifest['rows']} in the manifest"
        errors = [_not_whole(got)] if got else []
        self.tally.whole(errors)
        return errors

    def _check_values(self, rows: int) -> list[CheckFailure]:
        """Give an error for each column that changed its type or became empty."""
        bad = scratch_db.mistyped(self.con)
        retyped = schema_drift.retyped(self.con, self.feed, rows, bad)
        self.tally.types(len(self.feed.columns), bad, retyped)
        if retyped:
            return retyped
        errors = schema_drift.emptied(self.con, self.feed, self.files)
        self.tally.emptied(errors)
        return errors

    def _check_references(self) -> list[CheckFailure]:
        # Not in the check counts: they would depend on what else was accepted by then.
        columns = references.compared(self.feed, self.files)
        return list(references.misspelled(self.con, self.feed, columns))

    def _has_snapshots(self) -> bool:
        return self.manifest.get("snapshots") is not False

    def _rules(self) -> tuple[Sequence[Rule], tuple[str, ...]]:
        hours = busy_hours(self.files, self.feed) if self.suite.uses(BUSY_HOURS) else None
        needs_snapshots = self._has_snapshots() and self.suite.uses(USUAL_SNAPSHOTS)
        snapshots = usual_snapshots.usual(self.feed, self.files) if needs_snapshots else None
        usual = usual_rows(self.files)
        placeholders = Placeholders(
            self.files.window, usual, hours, list(snapshots or ()) if needs_snapshots else None
        )
        suite, waiting = self.suite.filled_in(placeholders)
        return suite.rules, tuple(rule.id for rule in waiting)

    def _failure(self, outcome: Outcome) -> CheckFailure:
        return messages.check_failure(self.con, self.feed, self.files, outcome)

    def _reasons(self, rules: Sequence[Rule]) -> dict[str, str]:
        reasons = {
            casting.type_rule(column): casting.why(self.feed, column)
            for column in self.feed.columns
        }
        reasons |= {rule.id: rule.why for rule in _refusing(rules)}
        reasons |= {DUPLICATE: _DUPLICATE_WHY, CONFLICT: _CONFLICT_WHY}
        return reasons

    def _split(self, rules: Sequence[Rule], warnings: list[CheckFailure]) -> ValidationResult:
        scratch_db.refuse(self.con, self.feed, _refusing(rules))
        accepted, refused = write_results.write_split(
            self.con,
            self.feed,
            self.files,
            self.manifest,
            self._reasons(rules),
            self.tally.counted(),
        )
        self.files.rejection_rows.unlink(missing_ok=True)
        rows_by_rule, amount_by_rule = scratch_db.refused_by_rule(self.con)
        return replace(
            self._result(warnings),
            accepted=accepted,
            quarantined=refused,
            corrected=corrections.corrected_and_passing(self.con),
            amount_landed=self._amount_landed(),
            amount_accepted=scratch_db.amounts(self.con, "accepted"),
            amount_refused=scratch_db.amounts(
                self.con, "(select * from typed semi join refusals using (_position))"
            ),
            refused_by_rule=rows_by_rule,
            amount_by_rule=amount_by_rule,
        )

    def _rejected_with_rows(
        self, errors: list[CheckFailure], warnings: list[CheckFailure], rules: Sequence[Rule]
    ) -> ValidationResult:
        """Reject the window, and keep its failing rows where people can correct them."""
        scratch_db.refuse(self.con, self.feed, _refusing(rules))
        write_results.write_rejected(self.con, self.feed, self.files, self._reasons(rules))
        return self._rejected(errors, warnings, typed=True)

    def _rejected(
        self, errors: list[CheckFailure], warnings: list[CheckFailure], typed: bool
    ) -> ValidationResult:
        return replace(
            self._result(warnings),
            status="rejected",
            amount_landed=self._amount_landed() if typed else {},
            amount_refused=scratch_db.amounts(self.con, "typed") if typed else {},
            errors=tuple(errors),
        )

    def _amount_landed(self) -> dict[str, Decimal]:
        amounts = scratch_db.amounts(self.con, "typed")
        for currency, amount in corrections.dropped(self.con, self.feed)[1].items():
            amounts[currency] = amounts.get(currency, Decimal()) + amount
        return amounts

    def _result(self, warnings: list[CheckFailure]) -> ValidationResult:
        rows = self.manifest["rows"]
        dropped, amount_dropped = corrections.dropped(self.con, self.feed)
        return ValidationResult(
            feed=self.feed.name,
            source=self.files.source,
            window=self.files.window,
            status="accepted",
            landed=rows if isinstance(rows, int) else 0,
            dropped=dropped,
            amount_dropped=amount_dropped,
            warnings=tuple(warnings),
            checks=self.tally.counted(),
            run_id=str(self.manifest.get("run_id", "")),
        )


def _refusing(rules: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.severity == "critical" and rule.type in row_rules.TYPES]


def _not_whole(got: str) -> CheckFailure:
    return CheckFailure(
        "landed_whole",
        "the rows listed in the manifest",
        got,
        "a damaged file would silently lose rows; land the window again",
    )


def _log(validated: ValidationResult) -> None:
    counts = (validated.landed, validated.accepted, validated.quarantined)
    logger.info(
        "validated %s from %s, %s: %d rows, %d accepted, %d quarantined, %s",
        *(validated.feed, validated.source, validated.window, *counts, validated.status),
    )
    for warning in validated.warnings:
        logger.warning("%s from %s: %s", validated.feed, validated.source, warning)
