"""The reporting currency: the one that is set, the only one, or the one in use."""

import json

import pytest

from storepulse.settings import Settings
from storepulse.transform.currency import NO_CURRENCY, newest_rates, reporting_currency
from support.accepted_lake import AcceptedLake

WEEK = ("2026-11-01", "2026-11-08")
IN_USD = {"currency": "USD"}
IN_EUR = {"store_id": "eu_shop", "currency": "EUR"}


@pytest.fixture
def lake(tmp_path) -> AcceptedLake:
    return AcceptedLake(tmp_path)


@pytest.fixture
def unset(lake, monkeypatch) -> Settings:
    monkeypatch.delenv("STOREPULSE_REPORTING_CURRENCY", raising=False)
    return Settings(home=lake.home)


def _in_use(settings: Settings, currency: str) -> None:
    settings.warehouse.mkdir(parents=True)
    (settings.warehouse / "built.json").write_text(json.dumps({"reporting_currency": currency}))


def test_one_store_is_reported_in_its_own_currency(lake, unset):
    lake.accept("stores", [IN_USD], *WEEK)

    assert reporting_currency(unset) == "USD"
    assert newest_rates(unset) == {"USD": 1}


def test_stores_that_share_a_currency_are_reported_in_it_whatever_was_in_use(lake, unset):
    lake.accept("stores", [IN_USD, {"store_id": "other", **IN_USD}], *WEEK)
    _in_use(unset, "CNY")

    assert reporting_currency(unset) == "USD"


def test_a_store_has_the_currency_of_its_newest_row(lake, unset):
    lake.accept("stores", [IN_USD], *WEEK)
    lake.accept("stores", [{"currency": "EUR", "updated_at": "2026-11-09"}], WEEK[1], "2026-11-10")

    assert reporting_currency(unset) == "EUR"


def test_with_a_second_currency_the_one_in_use_is_kept(lake, unset):
    lake.accept("stores", [IN_USD, IN_EUR], *WEEK)
    lake.accept("fx_rates", [{"from_currency": "USD", "to_currency": "EUR"}], *WEEK)
    _in_use(unset, "USD")

    assert reporting_currency(unset) == "USD"


def test_a_home_that_begins_with_several_takes_what_its_rates_are_quoted_in(lake, unset):
    lake.accept("stores", [IN_USD, IN_EUR], *WEEK)
    lake.accept("fx_rates", [{"from_currency": "USD", "to_currency": "EUR"}], *WEEK)

    assert reporting_currency(unset) == "EUR"


def test_what_is_set_wins(lake):
    lake.accept("stores", [IN_USD], *WEEK)

    assert reporting_currency(Settings(home=lake.home, reporting_currency="CNY")) == "CNY"


def test_without_a_store_there_is_no_currency(unset):
    assert reporting_currency(unset) == NO_CURRENCY
