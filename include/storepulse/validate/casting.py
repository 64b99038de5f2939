"""Landed text becomes the registry's types; what cannot be read exactly is told, never bent.

`12.0` is an integer and `1.10` is money, but `3.5` is no integer and `0.001` is no amount of money
(it may be what one unit costs): rounding would change what the source said. Offsets of moments are
honoured; a moment without one is UTC. A zone's abbreviation is refused: CST is Shanghai or Chicago.
With a zone's name a local time that its clocks skip is none; of one that they show twice it is the
later, in standard time: an hour off at most, and of the same local day.

Text is read as it is, up to a length that nobody's order reaches and without NUL, which not every
warehouse can hold. A key, and whatever refers to one, also has to be written in one way: what is
blank, or differs from another key by blanks around it, by characters that nobody sees, by tabs and
the like or by how an accent is put together, names nothing. `all` names the total of the stores,
and no store.
"""

from storepulse import sql_quoting
from storepulse.feeds.registry import SQL_TYPES, ColumnType, Feed, referred_to

# Wide enough for any amount, and eight digits swallow the noise of binary fractions
# (0.30000000000000004) without swallowing a digit that was meant.
WIDE = "decimal(28, 8)"
HOUR, SNAPSHOT, SNAPSHOT_SHARE = "_hour", "_snapshot", "_snapshot_share"
# A product's longest description is a few pages; beyond is a file in the wrong field.
LONGEST_TEXT_BYTES = 20_000
# What nobody can see: control and format characters, variation selectors, fillers, what only one
# font shows; and blanks that nobody types between words: tabs, line breaks, a typesetter's spaces.
_UNSEEN = (
    r"[\x00-\x1F\x7F-\x9F\p{Cf}\p{Co}\x{034F}\x{115F}\x{1160}\x{1680}\x{17B4}\x{17B5}"
    r"\x{180B}-\x{180F}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{2800}\x{3164}"
    r"\x{FE00}-\x{FE0F}\x{FFA0}\x{E0100}-\x{E01EF}]"
)
_BLANK_AROUND = r"^[\s\p{Z}]|[\s\p{Z}]$"
_STORE, _NO_STORE = "store_id", "all"
_SEEN = r"[^\s\p{Z}]"
# What nearly every key is made of; asking this first spares five million of them the rest.
_PLAIN_KEY = r"[!-~]{1,200}"
_MOMENT = (
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ]\d{1,2}:\d{1,2}(:\d{1,2}([.]\d+)?)?"
    r"( ?(Z|UTC|GMT|[+-](0\d|1[0-4])(:?[0-5]\d)?|[A-Z]\w+/[\w/+-]+))?)?"
)
_ZONE = r" ?([A-Z]\w+/[\w/+-]+)$"
WHY_TYPE = "a value that is not of its column's type can be neither summed nor compared"
WHY_KEY = (
    "a key, and what refers to one, has to be written in one way, or two spellings make two of one "
    "thing: no blanks around it, no tab, line break or anything unseen in it, accents composed "
    "(NFC); and no store is called all, like the total. Have the mapping trim and nfc_normalize it"
)


def type_rule(column: str) -> str:
    """The id of the rule that refuses values of `column` that are not of its type."""
    return f"type_{column}"


def why(feed: Feed, column: str) -> str:
    """The reason of that rule."""
    return WHY_KEY if _is_key(feed, column) else WHY_TYPE


def typed_rows(feed: Feed, landed: str) -> str:
    """SQL that reads landed text into the registry's types.

    Args:
        feed: whose columns are to be read.
        landed: SQL of the landed rows: every column of the feed as text, and `_position`.

    Returns:
        A select of `_position`, the feed's columns with values that cannot be read as null, and
        `_mistyped`: the rule ids of those values, null when there are none; `_amount`: the money
        the row carries, as far as it can be read, exact; `_currency`: as landed.
    """
    texts = {column: f"_text.{sql_quoting.name(column)}" for column in feed.columns}
    read = [
        f"{_read(feed, column, text)} as {sql_quoting.name(column)}"
        for column, text in texts.items()
    ]
    unread = {
        column: f"({sql_quoting.name(column)} is null and {texts[column]} is not null)"
        for column in feed.columns
    }
    rules = ", ".join(
        f"case when {sql} then {sql_quoting.literal(type_rule(column))} end"
        for column, sql in unread.items()
    )
    return f"""
        with landed as ({landed}),
        measured as ({_measured(feed)}),
        typed as (select _text, _amount, {", ".join(read)} from measured)
        select
            _text._position as _position,
            typed.* exclude (_text, _amount),
            case when {" or ".join(unread.values())}
                then list_filter([{rules}], lambda rule: rule is not null) end as _mistyped,
            _amount,
            {"_text.currency" if "currency" in feed.columns else "null::varchar"} as _currency
        from typed
    """


def judged_columns(feed: Feed) -> dict[str, ColumnType]:
    """The columns that rules may look at: the feed's, and what is worked out for each row.

    `_hour`: the UTC hour the row's change time lies in, `2026-11-22 09:00`. `_snapshot`: whose
    snapshot it belongs to, `us_site: alpha`. `_snapshot_share`: how much that shows of what is
    usual (see `snapshot_completeness`), null where nothing is.
    """
    columns: dict[str, ColumnType] = {**feed.columns, HOUR: "text"}
    if feed.snapshot:
        columns |= {SNAPSHOT: "text", SNAPSHOT_SHARE: "rate"}
    return columns


def _read(feed: Feed, column: str, text: str) -> str:
    if not _is_key(feed, column):
        return exactly(text, feed.columns[column])
    key = _as_key(text)
    if column != _STORE:
        return key
    return f"case when lower({text}) <> {sql_quoting.literal(_NO_STORE)} then {key} end"


def _is_key(feed: Feed, column: str) -> bool:
    return feed.columns[column] == "text" and (column in feed.key or column in referred_to())


def is_number(of: ColumnType) -> bool:
    """Tell whether values of a registry type can be added up."""
    return SQL_TYPES[of].startswith(("bigint", "decimal"))


def _measured(feed: Feed) -> str:
    """Read the feed's amount from the text itself: refused rows hold money too."""
    if feed.amount is None:
        return f"select landed as _text, null::{WIDE} as _amount from landed"
    numbers = ", ".join(
        f"{_number(f'landed.{sql_quoting.name(column)}')} as {sql_quoting.name(column)}"
        for column, of in feed.columns.items()
        if is_number(of)
    )
    return (
        f"select _text, try_cast(try({feed.amount}) as {WIDE}) as _amount "
        f"from (select landed as _text, {numbers} from landed)"
    )


def exactly(text: str, of: ColumnType) -> str:
    """SQL for the value of `text` (SQL) as a registry type; null when it is not one, exactly."""
    if of == "text":
        return f"case when {_is_text(text)} then {text} end"
    if of == "timestamp":
        # A plain cast to timestamp would drop an offset without a word.
        return _moment(text, f"(try_cast({text} as timestamptz) at time zone 'UTC')")
    if of == "date":
        moment = _moment(text, f"try_cast({text} as timestamp)")
        return f"case when {moment} = date_trunc('day', {moment}) then cast({moment} as date) end"
    if of == "boolean":
        return f"try_cast({text} as boolean)"
    wide = _number(text)
    narrow = f"try_cast({wide} as {SQL_TYPES[of]})"
    return f"case when {narrow} = {wide} then {narrow} end"


def _is_text(text: str) -> str:
    return f"strlen({text}) <= {LONGEST_TEXT_BYTES} and not contains({text}, chr(0))"


def _as_key(text: str) -> str:
    plain, seen, unseen, blank = map(
        sql_quoting.literal, (_PLAIN_KEY, _SEEN, _UNSEEN, _BLANK_AROUND)
    )
    return (
        f"case when regexp_full_match({text}, {plain}) then {text} "
        f"when {_is_text(text)} and regexp_matches({text}, {seen}) "
        f"and not regexp_matches({text}, {unseen}) and not regexp_matches({text}, {blank}) "
        f"and nfc_normalize({text}) = {text} then {text} end"
    )


def _moment(text: str, read: str) -> str:
    """Guard a cast that would also take `epoch`, `CST` and an offset of 99 hours."""
    return (
        f"case when regexp_full_match({text}, {sql_quoting.literal(_MOMENT)}) "
        f"and {read} < timestamp '10000-01-01' and {_is_shown_by_clocks(text, read)} "
        f"then {read} end"
    )


def _is_shown_by_clocks(text: str, read: str) -> str:
    """SQL of whether a local time with a zone's name exists there: converted back, it is itself."""
    zone = sql_quoting.literal(_ZONE)
    local = f"try_cast(regexp_replace({text}, {zone}, '') as timestamp)"
    back = f"try(timezone(regexp_extract({text}, {zone}, 1), timezone('UTC', {read})))"
    return (
        f"case when contains({text}, '/') and regexp_matches({text}, {zone}) "
        f"then {back} = {local} else true end"
    )


def _number(text: str) -> str:
    # DuckDB reads `1_000` as a thousand, as programmers write it; a shop's export does not.
    return f"case when not contains({text}, '_') then try_cast({text} as {WIDE}) end"
