"""Stand-ins for dbt and our own macros while SQL is linted: sqlfluff has no database to ask.

Each gives SQL of the shape its macro gives, so that the models around it can be parsed. A macro that
a model uses and that is missing here shows as an undefined template variable in `make lint`.
"""


def latest_accepted(feed):
    return f"select * from accepted.{feed}"


def newest_first(change_time):
    return f"{change_time} desc"


def is_rebuilt(fact, event_date="event_date"):
    return f"{event_date} > date '2026-01-01'"


def store_local_date(moment, timezone):
    return f"cast({moment} as date)"


def surrogate_key(columns):
    return f"md5({' || '.join(columns)})"


def matches_pattern(text, pattern):
    return f"{text} like {pattern}"


def share_of_cents(cents, weight, total):
    return f"({cents} * {weight} / {total})"


def left_over_cents(cents, weight, total):
    return f"({cents} * {weight} % {total})"


def elapsed_seconds(start, finish):
    return f"({finish} - {start})"


def add_days(day, days):
    return f"({day} + {days})"


def amount(expression):
    return f"cast({expression} as decimal(18, 2))"


def accepted_coverage():
    return "select * from accepted.coverage"


def current_mart(name):
    return f"marts.{name}"


def dates_of_an_unfinished_build():
    return "select kpi_date from touched"


def incremental_by_event_date():
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
    def type_string():
        return "varchar"
