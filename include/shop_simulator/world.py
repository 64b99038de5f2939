"""A world in a folder: made from its arguments alone, and again only when they change.

world.json           the arguments and what was made; written last
shop.sqlite          the shop's database, unless another one is named
events/              the event logs
files/               the file share of the other departments
stock.parquet        behind the stock API: the stock ledger
ads.parquet          behind the API of the marketing hub: the advertising platforms' reports
tickets.parquet      behind the API of the service desk
competitors.parquet  behind the competitors' pages: every capture
truth.json           the incidents that were injected
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from shop_simulator.building import build
from shop_simulator.clock import iso, to_ms
from shop_simulator.database.loading import database_holds_a_shop
from shop_simulator.errors import WorldInvalid, WorldMissing
from shop_simulator.selling.simulation import Plan
from shop_simulator.setting.incidents import Incident
from shop_simulator.whole_files import write_whole

Stamp = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """A made world: where it is and which moment it has reached.

    Attributes:
        home: its folder.
        db_url: of the shop's database.
        until: the simulator's clock, ISO 8601 in UTC.
        made: False when nothing had to be done.
    """

    home: Path
    db_url: str
    start: str
    until: str
    seed: int
    scale: float
    incidents: tuple[str, ...]
    made: bool

    @property
    def events_dir(self) -> Path:
        """The folder of the event logs."""
        return self.home / "events"

    @property
    def files_dir(self) -> Path:
        """The file share of the other departments."""
        return self.home / "files"


def make(
    home: Path,
    start: datetime,
    until: datetime,
    seed: int = 7,
    scale: float = 1.0,
    db_url: str | None = None,
    incidents: Sequence[Incident] = (),
) -> World:
    """Make a world, or move its clock on when only `until` has grown.

    Args:
        home: its folder; what another world left there is replaced.
        start: beginning of history; nothing is recorded before.
        until: the simulator's clock; nothing of it or later is visible yet.
        seed: equal arguments make equal worlds.
        scale: of traffic; 1 is about 2,000 sessions and 60 orders per store and day.
        db_url: where the shop's database is; a SQLite file in the folder by default.
        incidents: what goes wrong.

    Raises:
        WorldInvalid: until is not after start, or the scale is not positive.
    """
    plan = Plan(to_ms(start), to_ms(until), seed, scale, tuple(incidents))
    if plan.start_ms >= plan.until_ms or scale <= 0:
        raise WorldInvalid(
            f"a world needs until after start and a scale above 0, got {iso(plan.start_ms)} to "
            f"{iso(plan.until_ms)} at scale {scale}"
        )
    url = db_url or f"sqlite:///{(home / 'shop.sqlite').resolve()}"
    stamp = _stamp(plan, url)
    known = _read_stamp(home)
    if known is not None and not database_holds_a_shop(url):
        known = None
    if known == stamp:
        return _world(home, stamp, made=False)
    home.mkdir(parents=True, exist_ok=True)
    # Without its stamp an interrupted world counts as missing and is made again.
    (home / "world.json").unlink(missing_ok=True)
    build(home, plan, url, _grown_from(known, stamp))
    write_whole(home / "world.json", json.dumps(stamp, indent=2).encode())
    return _world(home, stamp, made=True)


def advance(home: Path, until: datetime) -> World:
    """Move a world's clock on: old rows are restated, new ones appear, logs grow.

    Raises:
        WorldMissing: no world was made in the folder.
    """
    known = read_world(home)
    return make(
        home,
        datetime.fromisoformat(known.start),
        until,
        known.seed,
        known.scale,
        known.db_url,
        [Incident.parse(text) for text in known.incidents],
    )


def read_world(home: Path) -> World:
    """The world made in a folder.

    Raises:
        WorldMissing: there is none.
    """
    known = _read_stamp(home)
    if known is None:
        raise WorldMissing(f"there is no world in {home}; run `shop-simulator make` first")
    return _world(home, known, made=False)


def _stamp(plan: Plan, url: str) -> Stamp:
    return {
        "start": iso(plan.start_ms),
        "until": iso(plan.until_ms),
        "seed": plan.seed,
        "scale": plan.scale,
        "db_url": url,
        "incidents": [str(incident) for incident in plan.incidents],
        "simulator": _code_digest(),
    }


def _code_digest() -> str:
    """Another simulator makes another world from the same arguments."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _read_stamp(home: Path) -> Stamp | None:
    path = home / "world.json"
    if not path.is_file():
        return None
    stamp: Stamp = json.loads(path.read_text(encoding="utf-8"))
    return stamp


def _grown_from(known: Stamp | None, wanted: Stamp) -> int | None:
    """The clock of the existing world if the wanted one continues it, else None."""
    if known is None or known["until"] > wanted["until"]:
        return None
    if any(known[name] != wanted[name] for name in wanted if name != "until"):
        return None
    return to_ms(datetime.fromisoformat(known["until"]))


def _world(home: Path, stamp: Stamp, *, made: bool) -> World:
    return World(
        home=home,
        db_url=stamp["db_url"],
        start=stamp["start"],
        until=stamp["until"],
        seed=stamp["seed"],
        scale=stamp["scale"],
        incidents=tuple(stamp["incidents"]),
        made=made,
    )
