"""Stand-ins for dbt and our own macros while SQL is linted: sqlfluff has no database to ask.

Each gives SQL of the shape its macro gives, so that the models around it can be parsed. A macro
that a model uses and that is missing here shows as an undefined template variable.
"""


def latest_accepted(feed):
    return f"select * from accepted.{feed}"


def newest_first(change_time):
    return f"{change_time} desc"


def is_rebuilt(fact, event_date="event_date"):
    return f"{event_date} > date '2026-01-01'"


def store_local_date(moment, timezone):
    return f"cast({moment} as date)"


def sorted_list(column):
    return f"string_agg({column}, ',')"


def surrogate_key(columns):
    return f"md5({' || '.join(columns)})"


def is_on_sale(version, changed_at, moment, just_before=False):
    return f"({version}.status = 'live' and {version}.{changed_at} <= {moment})"


def matches_pattern(text, pattern):
    return f"{text} like {pattern}"


def share_of_cents(cents, weight, total):
    return f"({cents} * {weight} / {total})"


def left_over_cents(cents, weight, total):
    return f"({cents} * {weight} % {total})"


def order_of_events(moment, id):
    return f"({moment} || {id})"


def elapsed_seconds(start, finish):
    return f"({finish} - {start})"


def add_days(day, days):
    return f"({day} + {days})"


def amount(expression):
    return f"cast({expression} as decimal(18, 2))"


def accepted_coverage():
    return "select * from accepted.coverage"


def noted_windows(noted, more=None):
    return f"select * from accepted.{noted}"


def current_mart(name, is_ever_rebuilt=True):
    return f"marts.{name}"


def ledger_before():
    return "marts.fct_kpi_asof"


def rows_read_back():
    return ""


def moment_after_the_last_build():
    return "select as_of_at from intermediate.last_moment"


def sibling_mart(name):
    return f"marts.{name}"


def current_model(name, schema):
    return f"{schema}.{name}"


def dates_that_differ(relation, name):
    return f"select kpi_date from {relation}"


def kpi_fact_days(kpis):
    return "select kpi_date from facts"


def join_exchange_rates(alias, currency, day):
    return f"left join intermediate.int_exchange_rates as {alias} on {currency} = {alias}.currency"


def groups_that_differ(now, before, key):
    return f"select {', '.join(key)} from {now}"


def dates_in_the_ledger_of_a_full_build():
    return "select kpi_date from ledger"


def dates_of_an_unfinished_build():
    return "select kpi_date from touched"


def incremental_by_event_date():
    return {"materialized": "incremental"}


def store_day_start(day, timezone):
    return f"cast({day} as timestamp)"


def check_reporter_slices(shown, seen):
    return ""


def kpi_definitions():
    meta = {
        "name_zh": "访问次数",
        "unit": "count",
        "direction": "up",
        "slices": ["channel"],
        "description_zh": "访问次数",
        "owner": "marketing",
        "why": "test",
        "mature_after_days": 0,
        "definition_version": 1,
        "valid_from": "2000-01-01",
    }
    return [
        {
            "name": "sessions",
            "label": "Sessions",
            "kind": "sum",
            "meta": meta,
            "numerator": {"says": "sessions"},
            "denominator": None,
            "feeds": ["traffic"],
            "definition_id": "one",
        }
    ]


def wait_for_kpi_facts(of_progress=False):
    return ""


def rows_of_last_build(name):
    return f"intermediate.last_{name}"


def kpi_text(text):
    return f"'{text}'"


def kpi_dimension_rows(kpis):
    return "select * from kpi_dimensions"


def kpi_feed_rows(kpis):
    return "select * from kpi_feeds"


def kpi_member_first_days(kpis):
    return "select * from first_days"


def kpi_dates_of_rows_to_replace(kpis):
    return "select kpi_date from replaced"


def kpi_dates_of_rebuilt_rows(kpis):
    return "select kpi_date from rebuilt"


def kpi_rows_expected(known, key, last_day):
    return f"select {known}.* from {known} cross join members cross join stores"


def kpi_people(kpis, dates, key=None):
    return f"people as (select * from {dates})"


def kpi_input_steps(kpis, dates, people=None, key=None):
    return f"sessions_by_session_date as (select * from {dates}),"


def kpi_days_of(part):
    return "select * from marts.kpi_days"


def kpi_periods_of(part):
    return "select * from marts.kpi_periods"


def kpi_value_steps(kpis, expected, key=None):
    return f"kpi_values as (select * from {expected})"


def incremental_by_kpi_date(dates_rebuilt=None):
    return {"materialized": "incremental"}


def incremental_by_kpi_period():
    return {"materialized": "incremental"}


def rebuilt_whole(day):
    return {"materialized": "table"}


def compared_with_last_build():
    return {"materialized": "table"}


def append_as_of():
    return {"materialized": "incremental"}


class dbt:  # noqa: N801 - models call it by dbt's own name
    """dbt's cross-database macros that models use."""

    @staticmethod
    def dateadd(datepart, interval, from_date_or_timestamp):
        return f"({from_date_or_timestamp} + {interval})"

    @staticmethod
    def datediff(first_date, second_date, datepart):
        return f"({second_date} - {first_date})"

    @staticmethod
    def date_trunc(datepart, date):
        return f"date_trunc('{datepart}', {date})"

    @staticmethod
    def date_spine(datepart, start_date, end_date):
        return f"select {start_date} as date_{datepart}"

    @staticmethod
    def last_day(date, datepart):
        return f"last_day({date})"

    @staticmethod
    def type_string():
        return "varchar"

    @staticmethod
    def type_int():
        return "integer"

    @staticmethod
    def generate_series(upper_bound):
        return "select 1 as generated_number"


def account_key(store_id, customer_id):
    return surrogate_key([store_id, customer_id])


def guest_key(store_id, order_id):
    return surrogate_key([store_id, order_id])


def in_store_currency(amount, currency, store_currency, rate, store_rate):
    return f"cast({amount} * {rate} / {store_rate} as decimal(18, 2))"


def bridge_step_rows():
    return "select * from orders_summed cross join goods_summed cross join refunds_summed"


def counted_feeds():
    return ["orders", "traffic"]


def feeds_filtered_by_facts():
    return ["orders", "traffic"]


def counted_feeds_with_money():
    return ["orders"]


def is_one_of_feeds(column, feeds):
    return f"{column} in ('orders')"


def counted_feed_rows():
    return "select accepted.counted.* from accepted.counted inner join stores using (store_id)"


def incremental_by_feed_day():
    return {"materialized": "incremental"}


def reporter(feed, rows):
    return f"{rows}.reporter"


def kpi_member(column):
    return f"coalesce({column}, 'unknown')"
