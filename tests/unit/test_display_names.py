import pytest

from storepulse.display_names import shown


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Kettle 1.7 l", "Kettle 1.7 l"),
        ("电热水壶 غلاية 👩\u200d🍳", "电热水壶 غلاية 👩\u200d🍳"),
        ("  Kettle\r\n\tBcc: x ", "Kettle Bcc: x"),
        ("\x1b[31mKettle\x07", "[31mKettle"),
        ("Kettle \u202egnp.exe\u200b", "Kettle gnp.exe"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("", ""),
    ],
)
def test_a_name_is_shown_on_one_line_and_steers_nothing(name, written):
    assert shown(name) == written
