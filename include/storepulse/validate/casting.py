"""Cast landed text to the registry's types; what cannot be cast exactly is refused, never rounded.

`12.0` is an integer and `1.10` is money, but `3.5` is no integer and `0.001` is no amount of money
(it may be a unit cost): rounding would change the source's value. UTC offsets are honoured; a
timestamp without one is UTC. A zone's abbreviation is refused: CST is Shanghai or Chicago. With a
zone's name, a local time that daylight saving skips is invalid; one that occurs twice is read as
the later, in standard time: an hour off at most, and of the same local day.

Text is read as it is, up to a length that no real value reaches and without NUL, which not every
warehouse can store. Keys and references have one valid spelling: a blank one is refused, and so is
one with blanks around it, with invisible characters, tabs and the like, or with decomposed accents.
`all` is the total over stores, and never a store.
"""

from storepulse import sql_quoting
from storepulse.feeds.registry import SQL_TYPES, ColumnType, Feed, referred_to

# Wide enough for any amount; eight decimals drop the noise of binary fractions
# (0.30000000000000004) without dropping a digit that was meant.
WIDE = "decimal(28, 8)"
HOUR, SNAPSHOT, SNAPSHOT_SHARE = "_hour", "_snapshot", "_snapshot_share"
# A product's longest description is a few pages; anything longer is a file in the wrong field.
LONGEST_TEXT_BYTES = 20_000
# Invisible: control and format characters, variation selectors, fillers, private-use characters;
# and blanks that nobody types between words: tabs, line breaks, typographic spaces.
_UNSEEN = (
    r"[\x00-\x1F\x7F-\x9F\p{Cf}\p{Co}\x{034F}\x{115F}\x{1160}\x{1680}\x{17B4}\x{17B5}"
    r"\x{180B}-\x{180F}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{2800}\x{3164}"
    r"\x{FE00}-\x{FE0F}\x{FFA0}\x{E0100}-\x{E01EF}]"
)
_BLANK_AROUND = r"^[\s\p{Z}]|[\s\p{Z}]$"
_STORE, _NO_STORE = "store_id", "all"
_SEEN = r"[^\s\p{Z}]"
# What nearly every key is made of; testing this first spares five million keys the slower tests.
_PLAIN_KEY = r"[!-~]{1,200}"
_MOMENT = (
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ]\d{1,2}:\d{1,2}(:\d{1,2}([.]\d+)?)?"
    r"( ?(Z|UTC|GMT|[+-](0\d|1[0-4])(:?[0-5]\d)?|[A-Z]\w+/[\w/+-]+))?)?"
)
_ZONE = r" ?([A-Z]\w+/[\w/+-]+)$"
WHY_TYPE = "a value of the wrong type can be neither summed nor compared"
WHY_KEY = (
    "two spellings of a key would count as two things, so a key or reference must have no blanks "
    "around it, no tabs, line breaks or invisible characters, and composed accents (NFC); a store "
    "must not be called all, like the total. Use trim and nfc_normalize in the mapping"
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
        A select of `_position`; the feed's columns, null where a value cannot be read; `_mistyped`:
        the rule ids of such values, null when there are none; `_amount`: the row's exact amount of
        money, as far as it can be read; `_currency`: as landed.
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


def validated_columns(feed: Feed) -> dict[str, ColumnType]:
    """The columns that rules may use: the feed's, and those derived for each row.

    `_hour`: the UTC hour of the row's change time, `2026-11-22 09:00`. `_snapshot`: whose snapshot
    it belongs to, `us_site: alpha`. `_snapshot_share`: the snapshot's size as a share of its usual
    size (see `snapshot_completeness`), null where none is known.
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
    """Whether values of a registry type can be added up."""
    return SQL_TYPES[of].startswith(("bigint", "decimal"))


def _measured(feed: Feed) -> str:
    """Read the feed's amount from the text itself: refused rows carry money too."""
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
        # A plain cast to timestamp would silently drop an offset.
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
        f"and {read} < timestamp '10000-01-01' and {_exists_locally(text, read)} "
        f"then {read} end"
    )


def _exists_locally(text: str, read: str) -> str:
    """SQL that is true if a local time exists in its named zone: converted back, it is the same."""
    zone = sql_quoting.literal(_ZONE)
    local = f"try_cast(regexp_replace({text}, {zone}, '') as timestamp)"
    back = f"try(timezone(regexp_extract({text}, {zone}, 1), timezone('UTC', {read})))"
    return (
        f"case when contains({text}, '/') and regexp_matches({text}, {zone}) "
        f"then {back} = {local} else true end"
    )


def _number(text: str) -> str:
    # DuckDB reads `1_000` as a thousand, as programmers write it; no shop's export does.
    return f"case when not contains({text}, '_') then try_cast({text} as {WIDE}) end"
