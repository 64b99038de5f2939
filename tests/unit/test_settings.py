import pytest

from storepulse.errors import SettingMissing
from storepulse.settings import Settings, expand_variables


def test_a_variable_that_is_left_empty_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("STOREPULSE_SMTP_HOST", "")
    monkeypatch.setenv("STOREPULSE_SMTP_PORT", "")

    assert Settings().smtp_host is None
    assert Settings().smtp_port == 587


def test_a_placeholder_is_filled_from_the_environment(monkeypatch):
    monkeypatch.setenv("SHOP_API_URL", "http://127.0.0.1:8099")

    assert expand_variables("${SHOP_API_URL}/v1", "source.yaml") == "http://127.0.0.1:8099/v1"


@pytest.mark.parametrize("value", [None, ""])
def test_a_placeholder_without_a_value_names_the_variable_and_who_wants_it(monkeypatch, value):
    if value is None:
        monkeypatch.delenv("SHOP_API_TOKEN", raising=False)
    else:
        monkeypatch.setenv("SHOP_API_TOKEN", value)

    with pytest.raises(SettingMissing, match=r"demo_shop/source\.yaml needs .* SHOP_API_TOKEN"):
        expand_variables("Bearer ${SHOP_API_TOKEN}", "demo_shop/source.yaml")
