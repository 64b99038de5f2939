"""Count the mails a supervisor would have got: false ones, and incidents found and missed.

    python tests/bench/alerts.py --quiet 8 --with-incidents 8 --jobs 2

Each seed makes a shop of three stores, ingests, builds and publishes its history, and then
evaluates the last eight weeks day by day as the pipeline would have done. A mail is false when
nothing was injected into its store on its day or the day before. Nothing is asserted: the table is
for people.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest import mock

from rich.console import Console

STORES = ("cn_market", "us_site", "eu_shop")
UNTIL = datetime(2026, 11, 23, 6, tzinfo=UTC)
HISTORY_DAYS, WEEKS_EVALUATED = 98, 8
LAST_DAY = date(2026, 11, 21)
# Each of these must be reported; the silent ones should not be.
LOUD = (
    "tracking_broken",
    "payment_outage",
    "hero_out_of_stock",
    "competitor_price_war",
    "coupon_leak",
)
SILENT = ("bot_wave", "duplicate_load")


@dataclass(frozen=True)
class Mail:
    """One mail that was planned."""

    store: str
    day: date
    step: str
    what: str


@dataclass(frozen=True)
class Outcome:
    """Result of one seed: its mails, and the injected incidents."""

    seed: int
    mails: list[Mail]
    truth: list[tuple[str, str, date, date]]


def main() -> int:
    """Run the seeds and print two lines and every false mail."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quiet", type=int, default=8, help="seeds without incidents")
    parser.add_argument("--with-incidents", type=int, default=8, help="seeds with incidents")
    parser.add_argument("--jobs", type=int, default=1, help="seeds at a time")
    parser.add_argument("--keep", type=Path, help="folder in which to keep the published marts")
    options = parser.parse_args()
    seeds = [(100 + n, False) for n in range(options.quiet)]
    seeds += [(200 + n, True) for n in range(options.with_incidents)]
    console = Console()
    with tempfile.TemporaryDirectory(prefix="storepulse-alerts-") as scratch:
        folder = options.keep or Path(scratch)
        with ThreadPoolExecutor(options.jobs) as pool:
            jobs = [pool.submit(_published, folder, *seed) for seed in seeds]
            outcomes = []
            for job, (seed, _) in zip(jobs, seeds, strict=True):
                outcomes.append(_evaluated(job.result(), seed))
                console.print(f"seed {seed}: {len(outcomes[-1].mails)} mails")
    _report(outcomes, console)
    return 0


def _injected(seed: int) -> Iterator[str]:
    """Two loud incidents for each store and, in one of them, a silent one."""
    for place, store in enumerate(STORES):
        for turn, weeks_ago in enumerate((4, 1)):
            kind = LOUD[(seed + 2 * place + 3 * turn) % len(LOUD)]
            day = LAST_DAY - timedelta(days=7 * weeks_ago + (seed + place) % 7 - 3)
            yield f"{kind}@{day}:{store}"
    silent = SILENT[seed % len(SILENT)]
    yield f"{silent}@{LAST_DAY - timedelta(days=17)}:{STORES[seed % len(STORES)]}"


def _published(folder: Path, seed: int, with_incidents: bool) -> Path:
    from shop_simulator.serving.server import serving

    shop, home = folder / f"shop-{seed}", folder / f"home-{seed}"
    start = UNTIL - timedelta(days=HISTORY_DAYS)
    if not (home / "serving" / "storepulse.duckdb").is_file():
        incidents = [f"--incident={text}" for text in _injected(seed)] if with_incidents else []
        window = ["--from", f"{start:%Y-%m-%d}", "--until", UNTIL.isoformat()]
        make = ["shop-simulator", "make", "--home", str(shop), *window, "--seed", str(seed)]
        _run([*make, *incidents], {})
        with serving(shop) as endpoints:
            environment = {"STOREPULSE_HOME": str(home), **endpoints.as_environment()}
            _run(["storepulse", "ingest", *window], environment)
            _run(["storepulse", "build"], environment)
            _run(["storepulse", "publish"], environment)
    return folder


def _run(command: list[str], environment: dict[str, str]) -> None:
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [str(program), *command[1:]],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _evaluated(folder: Path, seed: int) -> Outcome:
    from storepulse.monitor import alert_store
    from storepulse.monitor.detect import evaluate
    from storepulse.monitor.diagnose import explain
    from storepulse.serving import catalog
    from storepulse.settings import Settings

    settings = Settings(home=folder / f"home-{seed}")
    (settings.outbox / "ledger.sqlite").unlink(missing_ok=True)
    before = LAST_DAY - timedelta(weeks=WEEKS_EVALUATED)
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        with alert_store.opened(settings) as db:
            db.executemany(
                "insert into closed_days values (?, ?, ?)",
                [(s, k, f"{before}") for s in catalogue.stores for k in catalogue.kpis],
            )
        known = alert_store.evaluated_until(settings)
        with mock.patch("storepulse.monitor.detect.evaluate.DAYS_BACK", WEEKS_EVALUATED * 7 + 7):
            evaluation = evaluate(con, catalogue, known)
        assert evaluation is not None
        alert_store.record(settings, evaluation, explain(con, catalogue, evaluation), known)
    with alert_store.opened(settings) as db:
        planned = alert_store.mails_in(db, "planned")
    mails = [
        Mail(m.incident.store.store_id, m.incident.day, m.step, _what(m.incident)) for m in planned
    ]
    truth = json.loads((folder / f"shop-{seed}" / "truth.json").read_text(encoding="utf-8"))
    return Outcome(seed, mails, [_strike(entry) for entry in truth["incidents"]])


def _what(incident) -> str:
    one = incident.primary
    anomalies = ", ".join(
        f"{a.key.kpi}/{a.key.member} {a.score:+.1f}" for a in incident.anomalies[:4]
    )
    kinds = ",".join(one.kind for one in incident.evidence)
    return f"{one.change:+.0%} {anomalies} [{kinds}]"


def _strike(entry: dict[str, str]) -> tuple[str, str, date, date]:
    first, last = date.fromisoformat(entry["first_day"]), date.fromisoformat(entry["last_day"])
    return entry["name"], entry["store"], first, last


def _report(outcomes: list[Outcome], console: Console) -> None:
    quiet_weeks, found, injected, false = 0.0, Counter[str](), Counter[str](), []
    for outcome in outcomes:
        struck_days = 0
        claimed: set[Mail] = set()
        for name, store, first, last in outcome.truth:
            struck_days += (last - first).days + 2
            mine = [
                m
                for m in outcome.mails
                if m.store == store and first <= m.day <= last + timedelta(1)
            ]
            injected[name] += 1
            found[name] += bool(mine)
            claimed |= set(mine) if name in LOUD else set()
        quiet_weeks += len(STORES) * WEEKS_EVALUATED - struck_days / 7
        false += [(outcome.seed, mail) for mail in outcome.mails if mail not in claimed]
    for name in (*LOUD, *SILENT):
        console.print(f"{name}: reported {found[name]} of {injected[name]}")
    console.print(f"false mails: {len(false)} in {quiet_weeks:.0f} quiet store-weeks")
    for seed, mail in sorted(false, key=lambda entry: (entry[0], entry[1].day)):
        text = re.sub(r"\s+", " ", f"seed {seed} {mail.store} {mail.day} {mail.step}: {mail.what}")
        console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    raise SystemExit(main())
