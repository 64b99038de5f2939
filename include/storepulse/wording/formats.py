"""Numbers, days and names as one language writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent

from storepulse.marts import Kpi, Language

_LOCALES: Mapping[Language, str] = {"en": "en", "zh": "zh_Hans_CN"}
_DAYS: Mapping[Language, tuple[str, str]] = {
    "en": ("d MMM", "EEE d MMM"),
    "zh": ("M月d日", "M月d日EEE"),
}
# From here on cents are noise.
_WHOLE_MONEY = 200
# Below ten percent a tenth of a point is a lot.
_FINE_SHARE = 0.1
# Beyond tenfold the percentage says only that almost nothing was expected.
_LARGEST_CHANGE = 10.0


@dataclass(frozen=True)
class Wording:
    """One language's way of writing; `phrases` are the lines of its file."""

    language: Language

    @property
    def locale(self) -> str:
        """Babel's name for the language."""
        return _LOCALES[self.language]

    @property
    def phrases(self) -> Mapping[str, Any]:
        """Every text of this language, as in `<language>.yaml`."""
        return _phrases(self.language)

    def say(self, phrase: str, /, **values: str | int) -> str:
        """Fill one phrase; `section.phrase` looks inside a section.

        Raises:
            KeyError: there is no such phrase, or it wants a value that was not given.
        """
        text: Any = self.phrases
        for part in phrase.split("."):
            text = text[part]
        return str(text).format(**values)

    def value(self, kpi: Kpi, number: float, currency: str, like: float | None = None) -> str:
        """Write a KPI's value with its unit: `1,204`, `€3,120`, `3.1%`, `104.2`.

        Args:
            kpi: gives the unit.
            number: what to write.
            currency: ISO 4217 code, for money.
            like: decide about cents by this amount instead, so that a column reads alike.
        """
        if kpi.unit == "money":
            return self.money(number, currency, like)
        if kpi.unit == "ratio":
            return self.share(number)
        pattern = "#,##0.0" if kpi.unit == "index" else "#,##0"
        return str(format_decimal(number, format=pattern, locale=self.locale))

    def money(self, amount: float, currency: str, like: float | None = None) -> str:
        """Write an amount with its currency, cents only where they matter."""
        scale = abs(amount if like is None else like)
        pattern = "¤#,##0" if scale >= _WHOLE_MONEY else "¤#,##0.00"
        return str(
            format_currency(amount, currency, pattern, locale=self.locale, currency_digits=False)
        )

    def share(self, ratio: float) -> str:
        """Write a ratio of 1 as percent: `3.1%`."""
        pattern = "0.00%" if abs(ratio) < _FINE_SHARE else "0.0%"
        return str(format_percent(ratio, format=pattern, locale=self.locale))

    def percent(self, ratio: float) -> str:
        """Write a ratio of 1 in whole percents: `39%`."""
        return str(format_percent(ratio, format="#,##0%", locale=self.locale))

    def change(self, ratio: float) -> str:
        """Write a relative change with its sign: `-39%`, `+12%`; from almost nothing `>+1,000%`."""
        if ratio > _LARGEST_CHANGE:
            return f">+{self.percent(_LARGEST_CHANGE)}"
        whole = round(ratio, 2) + 0.0
        return ("+" if whole > 0 else "") + self.percent(whole)

    def day(self, day: date) -> str:
        """Write a day without its weekday: `22 Nov`."""
        return str(format_date(day, _DAYS[self.language][0], locale=self.locale))

    def weekday(self, day: date) -> str:
        """Write a day with its weekday: `Sun 22 Nov`."""
        return str(format_date(day, _DAYS[self.language][1], locale=self.locale))

    def joined(self, sentences: Sequence[str]) -> str:
        """Put sentences behind each other: with a space, or without one in Chinese."""
        return ("" if self.language == "zh" else " ").join(sentences)

    def together(self, names: Sequence[str]) -> str:
        """Join names as a sentence does: `a, b and c`."""
        return str(format_list(list(names), locale=self.locale))

    def member(self, name: str) -> str:
        """Name a slice: known channels and categories have a name, others are shown as they are."""
        known = self.phrases["members"].get(name)
        return str(known) if known else name.replace("_", " ")

    def dimension(self, name: str) -> str:
        """Name what a KPI is sliced by."""
        return str(self.phrases["dimensions"].get(name, name.replace("_", " ")))

    def within(self, name: str) -> str:
        """Write a KPI's name as it stands inside a sentence."""
        if self.language == "zh" or (len(name) > 1 and name[1].isupper()):
            return name
        return name[:1].lower() + name[1:]


@cache
def _phrases(language: Language) -> Mapping[str, Any]:
    text = (Path(__file__).parent / f"{language}.yaml").read_text(encoding="utf-8")
    phrases: Mapping[str, Any] = yaml.safe_load(text)
    return phrases
