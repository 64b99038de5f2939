import re
import traceback

import pytest

from storepulse.doors import FilesDoor, HttpApiDoor, SqlDoor
from storepulse.errors import SettingMissing, SourceInvalid
from storepulse.settings import PROJECT_ROOT, Settings
from storepulse.sources import load_source
from storepulse.windows import Window

GOOD = """
name: corner_shop
description: A shop on the corner.
history: {from: 2026-01-01, until: 2026-02-01}
doors:
  database:
    kind: sql
    url: ${CORNER_DB_URL}
  exports:
    kind: files
    root: ${DATA}/exports
    tables:
      sales: {path: "*.csv", format: csv}
  api:
    kind: http_api
    url: https://api.shop.example
    headers: {X-Key: "${CORNER_KEY}"}
    tables:
      items: {path: /v1, records: items, paging: {style: next_link, link: next}}
feeds:
  orders: {door: database, mapping: orders.sql, max_rows: 1000}
  refunds: {door: exports, mapping: refunds.sql}
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "var", sources_dir=tmp_path / "sources")


@pytest.fixture
def describe(settings):
    folder = settings.sources_dir / "corner_shop"
    folder.mkdir(parents=True)
    (folder / "orders.sql").write_text(
        "-- Asks from :window_start on.\nselect 1 as order_id\n  -- not this\nfrom orders;\n"
    )
    (folder / "refunds.sql").write_text("select 1 as refund_id from sales")

    def describe(text: str):
        (folder / "source.yaml").write_text(text, encoding="utf-8")
        return load_source(settings, "corner_shop")

    return describe


def test_a_source_is_its_doors_and_its_queries(describe):
    source = describe(GOOD)

    assert source.description == "A shop on the corner."
    assert list(source.feeds) == ["orders", "refunds"]
    assert source.mapping_of("orders").max_rows == 1000
    assert source.mapping_of("orders").snapshots is True
    assert source.history == Window.from_iso("2026-01-01", "2026-02-01")


def test_comments_are_no_part_of_the_query(describe):
    assert describe(GOOD).mapping_of("orders").sql == "select 1 as order_id\nfrom orders"


def test_a_door_is_opened_with_its_own_variables_only(describe, monkeypatch):
    monkeypatch.setenv("CORNER_DB_URL", "sqlite:///shop.sqlite")
    monkeypatch.delenv("CORNER_KEY", raising=False)
    source = describe(GOOD)

    database = source.open_door("database")
    exports = source.open_door("exports", data="/data")

    assert isinstance(database, SqlDoor)
    assert database.url.get_secret_value() == "sqlite:///shop.sqlite"
    assert isinstance(exports, FilesDoor)
    assert str(exports.root) == "/data/exports"
    with pytest.raises(SettingMissing, match=r"source\.yaml, door api .*CORNER_KEY"):
        source.open_door("api")


def test_data_is_given_on_the_command_line(describe):
    with pytest.raises(SettingMissing, match="--data PATH"):
        describe(GOOD).open_door("exports")


def test_a_token_is_not_shown_with_its_door(describe, monkeypatch):
    monkeypatch.setenv("CORNER_KEY", "sesame")

    door = describe(GOOD).open_door("api")

    assert isinstance(door, HttpApiDoor)
    assert "sesame" not in repr(door)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("kind: sql", "kind: ftp", "door database.*kind"),
        ("    url: ${CORNER_DB_URL}\n", "", r"door database: sql\.url: Field required"),
        ("    kind: sql\n", "    kind: sql\n    user: me\n", r"sql\.user: Extra inputs"),
        ('path: "*.csv"', 'path: "../*.csv"', "below the door's root"),
        ('path: "*.csv"', 'path: "/etc/*"', "below the door's root"),
        ('path: "*.csv"', 'path: "{date}.csv"', "list the columns"),
        ("format: csv", "format: jsonl", "list the columns"),
        ("format: csv", "format: xlsx", "format"),
        ("style: next_link", "style: cursor", "paging"),
        (
            ", paging: {style: next_link, link: next}",
            "",
            r"door api: http_api\.tables\.items\.paging: .*say how the API pages: `none`",
        ),
        ("paging: {style: next_link, link: next}", "paging: null", "say how the API pages: `none`"),
        ("paging: {style: next_link, link: next}", "paging: some", r"items\.paging"),
        ("path: /v1", "path: .elsewhere.example", r"items\.path: .*must begin with a slash"),
        ("door: database", "door: cellar", "no door 'cellar'; doors are database, exports, api"),
        ("orders.sql", "absent.sql", r"expected a mapping query in .*absent\.sql"),
        ("  orders:", "  parcels:", "feed parcels: the registry holds"),
        ("max_rows: 1000", "max_rows: many", "max_rows: expected a number"),
        ("max_rows: 1000", "snapshots: some", "snapshots: expected true or false"),
        ("max_rows: 1000", "limit: 1000", "expected door, mapping and perhaps max_rows"),
        ("name: corner_shop", "name: other", "name is 'other', expected 'corner_shop'"),
        ("description: A shop on the corner.\n", "", r"missing: \['description'\]"),
        ("history: {from: 2026-01-01, ", "history: {", "history: expected"),
        ("until: 2026-02-01", "until: 2025-02-01", "starts before it ends"),
        ("doors:", "doors: [", "not readable as YAML"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_place(describe, good, bad, said):
    assert GOOD.count(good) == 1

    with pytest.raises(SourceInvalid, match=said) as refused:
        describe(GOOD.replace(good, bad))
    assert "source.yaml" in str(refused.value)


def test_a_password_written_into_the_file_is_not_shown_when_the_door_is_wrong(describe):
    text = GOOD.replace("url: ${CORNER_DB_URL}", "url: [db://me:s3cret@host]")

    with pytest.raises(SourceInvalid) as refused:
        describe(text)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__context__ is None


def test_an_empty_query_is_refused(describe, settings):
    (settings.sources_dir / "corner_shop" / "orders.sql").write_text("-- later\n")

    with pytest.raises(SourceInvalid, match="holds no query"):
        describe(GOOD)


@pytest.mark.parametrize("name", ["absent", "../corner_shop", "Corner Shop", ""])
def test_a_source_that_is_not_there_is_answered_with_those_that_are(describe, settings, name):
    describe(GOOD)

    with pytest.raises(SourceInvalid, match="connected are corner_shop"):
        load_source(settings, name)


def test_a_feed_the_shop_does_not_bring_is_answered_with_those_it_does(describe):
    with pytest.raises(SourceInvalid, match="brings orders, refunds, not 'traffic'"):
        describe(GOOD).mapping_of("traffic")


SHIPPED = sorted(path.parent.name for path in (PROJECT_ROOT / "include/sources").glob("*/*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_source_loads_and_says_what_its_queries_do(name):
    source = load_source(Settings(), name)

    assert source.feeds
    for mapping in source.feeds.values():
        assert mapping.path.read_text("utf-8").startswith("-- "), mapping.path


@pytest.mark.parametrize(
    "written",
    [
        "url: db://me:s3cret@host: x",
        "url: *s3cret",
        "url: !s3cret x",
        'url: "s3cret\\w"',
        "s3cret",
    ],
)
def test_a_password_written_into_the_file_is_not_shown_when_the_yaml_is_wrong(describe, written):
    with pytest.raises(SourceInvalid, match=r"source\.yaml is not .*, line [89], col") as refused:
        describe(GOOD.replace("url: ${CORNER_DB_URL}", written))

    assert "s3cret" not in "".join(traceback.format_exception(refused.value, limit=0))
    assert refused.value.__context__ is None


def test_a_password_that_stands_for_the_doors_is_not_shown(describe):
    text = re.sub(r"doors:.*feeds:", "doors: db://me:s3cret@host\nfeeds:", GOOD, flags=re.S)

    with pytest.raises(SourceInvalid, match="expected entries under `doors:`, got str") as refused:
        describe(text)
    assert "s3cret" not in str(refused.value)


def test_a_feed_may_have_no_past_and_pages_without_an_archive_have_none(describe):
    pages = GOOD.replace(
        "  api:\n", "  pages: {kind: web_pages, url: https://rival.example, start: [/]}\n  api:\n"
    ).replace("door: exports", "door: pages")
    kept = pages.replace("start: [/]", "start: [/], archive: {parameter: at, every: 1d}")
    told = GOOD.replace("max_rows: 1000", "past: none")

    assert [describe(text).mapping_of("refunds").has_past for text in (GOOD, pages, kept)] == [
        True,
        False,
        True,
    ]
    assert not describe(told).mapping_of("orders").has_past


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ends: tomorrow", "ends: expected a moment like 2026-11-23T06:00Z, got 'tomorrow'"),
        ("end: 2026-01-01", "unknown: ['end']"),
    ],
)
def test_a_source_that_says_wrongly_when_it_ends_is_refused(describe, line, said):
    with pytest.raises(SourceInvalid, match=re.escape(said)):
        describe(f"{GOOD}{line}\n")


def test_a_past_that_is_neither_left_out_nor_none_is_refused(describe):
    with pytest.raises(SourceInvalid, match="past: expected none, or the line left out"):
        describe(GOOD.replace("max_rows: 1000", "past: 3d"))
