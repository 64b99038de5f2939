import re
import traceback

import pytest

from storepulse.errors import SettingMissing, SourceInvalid
from storepulse.feeds.connections import FilesConnection, HttpApiConnection, SqlConnection
from storepulse.feeds.sources import load_source
from storepulse.settings import PROJECT_ROOT, Settings
from storepulse.windows import Window

GOOD = """
name: corner_shop
description: A shop on the corner.
history: {from: 2026-01-01, until: 2026-02-01}
connections:
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
  orders: {connection: database, mapping: orders.sql, max_rows: 1000}
  refunds: {connection: exports, mapping: refunds.sql}
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


def test_a_source_is_its_connections_and_its_queries(describe):
    source = describe(GOOD)

    assert source.description == "A shop on the corner."
    assert list(source.feeds) == ["orders", "refunds"]
    assert source.mapping_of("orders").max_rows == 1000
    assert source.mapping_of("orders").snapshots is True
    assert source.history == Window.from_iso("2026-01-01", "2026-02-01")


def test_comments_are_no_part_of_the_query(describe):
    assert describe(GOOD).mapping_of("orders").sql == "select 1 as order_id\nfrom orders"


def test_a_connection_is_resolved_with_its_own_variables_only(describe, monkeypatch):
    monkeypatch.setenv("CORNER_DB_URL", "sqlite:///shop.sqlite")
    monkeypatch.delenv("CORNER_KEY", raising=False)
    source = describe(GOOD)

    database = source.resolve_connection("database")
    exports = source.resolve_connection("exports", data="/data")

    assert isinstance(database, SqlConnection)
    assert database.url.get_secret_value() == "sqlite:///shop.sqlite"
    assert isinstance(exports, FilesConnection)
    assert str(exports.root) == "/data/exports"
    with pytest.raises(
        SettingMissing, match=r"source\.yaml, connection api, headers, X-Key needs .*CORNER_KEY"
    ):
        source.resolve_connection("api")


def test_data_is_given_on_the_command_line(describe):
    with pytest.raises(SettingMissing, match="--data PATH"):
        describe(GOOD).resolve_connection("exports")


def test_a_token_is_not_shown_with_its_connection(describe, monkeypatch):
    monkeypatch.setenv("CORNER_KEY", "sesame")

    connection = describe(GOOD).resolve_connection("api")

    assert isinstance(connection, HttpApiConnection)
    assert "sesame" not in repr(connection)


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("kind: sql", "kind: ftp", "connection database.*kind"),
        ("    url: ${CORNER_DB_URL}\n", "", r"connection database: sql\.url: Field required"),
        ("    kind: sql\n", "    kind: sql\n    user: me\n", r"sql\.user: Extra inputs"),
        ('path: "*.csv"', 'path: "../*.csv"', "below the connection's root"),
        ('path: "*.csv"', 'path: "/etc/*"', "below the connection's root"),
        ('path: "*.csv"', 'path: "{date}.csv"', "list the columns"),
        ("format: csv", "format: jsonl", "list the columns"),
        ("format: csv", "format: xlsx", "format"),
        ("style: next_link", "style: cursor", "paging"),
        (
            ", paging: {style: next_link, link: next}",
            "",
            r"connection api: http_api\.tables\.items\.paging: .*state how the API pages: `none`",
        ),
        (
            "paging: {style: next_link, link: next}",
            "paging: null",
            "state how the API pages: `none`",
        ),
        ("paging: {style: next_link, link: next}", "paging: some", r"items\.paging"),
        ("path: /v1", "path: .elsewhere.example", r"items\.path: .*must begin with a slash"),
        (
            "connection: database",
            "connection: cellar",
            r"connection: expected one of database, exports, api",
        ),
        ("orders.sql", "absent.sql", r"expected a mapping query in .*absent\.sql"),
        ("  orders:", "  parcels:", "feed parcels: the registry has"),
        ("max_rows: 1000", "max_rows: many", "max_rows: expected a number"),
        ("max_rows: 1000", "snapshots: some", "snapshots: expected true or false"),
        ("max_rows: 1000", "limit: 1000", "expected connection, mapping and perhaps max_rows"),
        ("name: corner_shop", "name: other", "name: expected corner_shop, as its folder is called"),
        ("description: A shop on the corner.\n", "", "missing: description; unknown: none"),
        ("history: {from: 2026-01-01, ", "history: {", "history: expected"),
        ("until: 2026-02-01", "until: 2025-02-01", "starts before it ends"),
        ("connections:", "connections: [", "not readable as YAML"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_place(describe, good, bad, message):
    assert GOOD.count(good) == 1

    with pytest.raises(SourceInvalid, match=message) as refused:
        describe(GOOD.replace(good, bad))
    assert "source.yaml" in str(refused.value)


def test_a_password_written_into_the_file_is_not_shown_when_the_connection_is_wrong(describe):
    text = GOOD.replace("url: ${CORNER_DB_URL}", "url: [db://me:s3cret@host]")

    with pytest.raises(SourceInvalid) as refused:
        describe(text)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__context__ is None


def test_an_empty_query_is_refused(describe, settings):
    (settings.sources_dir / "corner_shop" / "orders.sql").write_text("-- later\n")

    with pytest.raises(SourceInvalid, match="contains no query"):
        describe(GOOD)


@pytest.mark.parametrize("name", ["absent", "../corner_shop", "Corner Shop", ""])
def test_an_unknown_source_is_refused_with_those_that_are_connected(describe, settings, name):
    describe(GOOD)

    with pytest.raises(SourceInvalid, match="connected are corner_shop"):
        load_source(settings, name)


def test_a_feed_the_shop_lacks_is_refused_with_those_it_has(describe):
    with pytest.raises(SourceInvalid, match="has orders, refunds, not 'traffic'"):
        describe(GOOD).mapping_of("traffic")


def with_former_names(text: str) -> str:
    return text.replace("connections:", "doors:").replace("connection:", "door:")


def test_the_former_names_of_the_keys_are_still_read_with_a_warning(describe, caplog):
    source = describe(with_former_names(GOOD))

    assert source == describe(GOOD)
    assert [message.partition("source.yaml: ")[2] for message in caplog.messages] == [
        f"`{former}:` is now called `{current}:`; rename it, the next release refuses the former "
        f"name"
        for former, current in (("doors", "connections"), ("door", "connection"))
    ]


def test_only_the_key_of_a_feed_may_have_its_former_name(describe):
    former = GOOD.replace("{connection:", "{door:")

    assert describe(former) == describe(GOOD)


def test_the_place_of_a_mistake_is_named_by_the_current_key(describe):
    text = with_former_names(GOOD).replace("door: database", "door: cellar")

    with pytest.raises(SourceInvalid, match="feed orders: connection: expected one of database"):
        describe(text)


@pytest.mark.parametrize(
    ("good", "bad", "former", "current"),
    [
        ("feeds:", "doors: {}\nfeeds:", "doors", "connections"),
        ("{connection: database,", "{connection: database, door: database,", "door", "connection"),
        ("{connection: database,", "{door: database,", "door", "connection"),
    ],
    ids=["file", "feed", "another-feed"],
)
def test_a_file_with_a_former_and_a_current_key_is_refused(describe, good, bad, former, current):
    expected = f"expected `{current}:`, got `{former}:` too, which is its former name; write"

    with pytest.raises(SourceInvalid, match=rf"source\.yaml: {expected}"):
        describe(GOOD.replace(good, bad))


SHIPPED = sorted(path.parent.name for path in (PROJECT_ROOT / "include/sources").glob("*/*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_source_loads_and_its_queries_begin_with_a_comment(name):
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


def test_a_password_that_stands_for_the_connections_is_not_shown(describe):
    text = re.sub(
        r"connections:.*feeds:", "connections: db://me:s3cret@host\nfeeds:", GOOD, flags=re.S
    )

    with pytest.raises(
        SourceInvalid, match="expected entries under `connections:`, got str"
    ) as refused:
        describe(text)
    assert "s3cret" not in str(refused.value)


def test_a_feed_may_have_no_past_and_pages_without_an_archive_have_none(describe):
    pages = GOOD.replace(
        "  api:\n",
        "  pages: {kind: web_pages, url: https://competitor.example, start: [/]}\n  api:\n",
    ).replace("connection: exports", "connection: pages")
    kept = pages.replace("start: [/]", "start: [/], archive: {parameter: at, every: 1d}")
    stated = GOOD.replace("max_rows: 1000", "past: none")

    assert [describe(text).mapping_of("refunds").has_past for text in (GOOD, pages, kept)] == [
        True,
        False,
        True,
    ]
    assert not describe(stated).mapping_of("orders").has_past


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ends: tomorrow", "ends: expected a date like 2026-11-23 or a moment like"),
        ("end: 2026-01-01", "unknown: end."),
    ],
)
def test_a_source_whose_end_is_no_moment_is_refused(describe, line, message):
    with pytest.raises(SourceInvalid, match=re.escape(message)):
        describe(f"{GOOD}{line}\n")


def test_a_past_that_is_neither_left_out_nor_none_is_refused(describe):
    with pytest.raises(SourceInvalid, match="past: expected none, or the line left out"):
        describe(GOOD.replace("max_rows: 1000", "past: 3d"))


# A password where somebody might put it, and what else a hand may write in the wrong place.
ADDRESS = "postgresql://me:s3cret@host/x"
WRONG_LINES = [
    ("name: corner_shop", f'name: "{ADDRESS}"', "name: expected corner_shop"),
    ("description:", f'"{ADDRESS}": 1\ndescription:', "missing: none; unknown: …"),
    ("connections:", "1: 2\n? null\n: 3\ndoors:", "unknown: …, …"),
    ("{from: 2026-01-01, until: 2026-02-01}", f'"{ADDRESS}"', "history: expected `{from: …"),
    ("from: 2026-01-01", f'from: "{ADDRESS}"', "history.from: expected a date like"),
    ("from: 2026-01-01", "from: 0001-01-01T00:00+14:00", "history.from: expected a date like"),
    ("connections:", f'ends: "{ADDRESS}"\ndoors:', "ends: expected a date like"),
    ("  database:", f'  "{ADDRESS}":', "connections: expected names like database or shop_api"),
    ("  database:", "  1:", "connections: expected names like database or shop_api"),
    ("kind: sql", f'kind: "{ADDRESS}"', "expected 'kind' to be one of 'sql', 'files'"),
    ("kind: sql", f'kind: ["{ADDRESS}"]', "expected 'kind' to be one of 'sql', 'files'"),
    ("kind: sql", f'kind: sql\n    "{ADDRESS}": 1', "sql.…: Extra inputs are not permitted"),
    ("kind: sql", "kind: sql\n    timeout_seconds: .inf", "sql.timeout_seconds: Input should be"),
    (
        "format: csv",
        f'format: csv, encoding: "{ADDRESS}"',
        "encoding: .* is not a known encoding",
    ),
    ('path: "*.csv"', 'path: "**.csv"', "path: .* may only stand for whole folders"),
    ("sales:", f'"{ADDRESS}":', "files.tables.….…: String should match"),
    ("X-Key:", f'"{ADDRESS}":', "http_api.headers.….…: String should match"),
    ("style: next_link", f'style: "{ADDRESS}"', "expected 'style' to be one of 'none'"),
    ("  orders:", f'  "{ADDRESS}":', "feed …: the registry has stores, products"),
    ("  orders:", "  1:", "feed …: the registry has stores, products"),
    (
        "connection: database",
        f'connection: "{ADDRESS}"',
        "feed orders: connection: expected one of database, ",
    ),
    (
        "connection: database",
        f'connection: ["{ADDRESS}"]',
        "feed orders: connection: expected one of database, ",
    ),
    ("orders.sql", f'"{ADDRESS}"', "mapping: expected the name of a file next to source.yaml"),
    ("orders.sql", f"{'x' * 300}.sql", "mapping: expected the name of a file next to source.yaml"),
    ("max_rows: 1000", f'max_rows: "{ADDRESS}"', "max_rows: expected a number above 0"),
    ("max_rows: 1000", "max_rows: true", "max_rows: expected a number above 0"),
    ("max_rows: 1000", f'snapshots: "{ADDRESS}"', "snapshots: expected true or false"),
    ("max_rows: 1000", f'past: "{ADDRESS}"', "past: expected none, or the line left out"),
    ("max_rows: 1000", f'"{ADDRESS}": 1', "max_rows, past, snapshots, got connection, mapping, …"),
    (
        "{connection: exports, mapping: refunds.sql}",
        f'"{ADDRESS}"',
        "feed refunds: expected connection,",
    ),
    ("connections:", "a: 2026-13-45\ndoors:", "a date or number that is none, line 5, column 4"),
    ("connections:", "a: !!int s3cret\ndoors:", "a date or number that is none, line 5, column 4"),
    ("connections:", "a: !!bool s3cret\ndoors:", "a date or number that is none, line 5, column 4"),
    ("connections:", "a: !!timestamp s3cret\ndoors:", "a date or number that is none, line 5, "),
    ("connections:", f"a: {'9' * 5000}\ndoors:", "a date or number that is none, line 5, column 4"),
    ("connections:", f"a: {'[' * 2000}\ndoors:", "nested deeper than can be read"),
    ("  orders:", "  orders: {}\n  orders:", "a key that is there twice, line 22, column 3"),
]


@pytest.mark.parametrize(("good", "bad", "message"), WRONG_LINES, ids=range(len(WRONG_LINES)))
def test_nothing_that_stands_in_the_wrong_line_is_shown_or_ends_in_an_error_of_a_library(
    describe, good, bad, message
):
    assert GOOD.count(good) == 1

    with pytest.raises(SourceInvalid) as refused:
        describe(GOOD.replace(good, bad))

    printed = "".join(traceback.format_exception(refused.value, limit=0))
    assert "source.yaml" in printed
    assert all(part in printed for part in message.split(" .* "))
    assert re.search(r"correct|give the connection|take one of|begin with", printed, re.IGNORECASE)
    assert "s3cret" not in printed


@pytest.mark.parametrize("content", [b"select 's3cr\xe9t'", None])
def test_a_mapping_that_cannot_be_read_as_text_is_refused(describe, settings, content):
    mapping = settings.sources_dir / "corner_shop" / "orders.sql"
    if content is None:
        mapping.unlink()
        mapping.mkdir()
    else:
        mapping.write_bytes(content)

    with pytest.raises(SourceInvalid, match=r"source\.yaml, feed orders: .*orders\.sql") as refused:
        describe(GOOD)
    assert "s3cr" not in "".join(traceback.format_exception(refused.value, limit=0))


@pytest.mark.parametrize("value", ["a\\0b", "a\\uD800b"])
def test_a_value_that_nothing_can_be_asked_with_is_refused_before_it_is_tried(describe, value):
    source = describe(GOOD.replace("${DATA}/exports", f'"{value}"'))

    with pytest.raises(
        SourceInvalid, match=r"source\.yaml, connection exports, root: a value contains"
    ):
        source.resolve_connection("exports")


def test_bytes_of_the_environment_that_are_no_text_are_refused(describe, monkeypatch):
    monkeypatch.setenv("CORNER_DB_URL", "sqlite:///s3cret\udcff")

    with pytest.raises(SourceInvalid, match="bytes that are not UTF-8; correct it") as refused:
        describe(GOOD).resolve_connection("database")
    assert "s3cret" not in str(refused.value)
