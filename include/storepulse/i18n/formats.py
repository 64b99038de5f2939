"""Numbers, days and names as one language writes them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from babel.dates import format_date, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent

from storepulse.display_names import shown
from storepulse.feeds.registry import all_feeds
from storepulse.serving.catalog import ANY_FEED, Kpi, Language

_LOCALES: Mapping[Language, str] = {"en": "en", "zh": "zh_Hans_CN"}
_DAYS: Mapping[Language, tuple[str, str]] = {
    "en": ("d MMM", "EEE d MMM"),
    "zh": ("M月d日", "M月d日（EEE）"),
}
_NAMELESS_ZONES = frozenset({"UTC", "Etc/UTC", "Etc/GMT", "GMT"})
# From here on cents are noise.
_WHOLE_MONEY = 200
# Below ten percent a tenth of a point is a lot.
_FINE_SHARE = 0.1
# Beyond tenfold the percentage shows only that almost nothing was expected.
_LARGEST_CHANGE = 10.0


@dataclass(frozen=True)
class Wording:
    """The formats and texts of one language; `phrases` are the lines of its file."""

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
        filled = str(text).format(**values)
        return _spaced(filled) if self.language == "zh" else filled

    def value(self, kpi: Kpi, number: float, currency: str, like: float | None = None) -> str:
        """Write a KPI's value with its unit: `1,204`, `€3,120`, `3.1%`, `104.2`, `6.5 h`.

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
        pattern = "#,##0" if kpi.unit == "count" else "#,##0.0"
        written = str(format_decimal(number, format=pattern, locale=self.locale))
        return self.say(f"units.{kpi.unit}", number=written)

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

    def deviation(self, kpi: Kpi, value: float, expected: float) -> str:
        """Write how far a KPI is from what was expected of it, with its sign.

        A share whose expected value is almost 0 is written in points: from 0.1 % to 1.7 % is
        `+1.6 points`; "sixteen times as much" would mislead.
        """
        points = self._points(kpi, value, expected, "+0.0;-0.0")
        return points or self.change((value - expected) / expected if expected else 0.0)

    def distance(self, kpi: Kpi, value: float, expected: float) -> str:
        """Write the same without its sign, for sentences that name the direction."""
        points = self._points(kpi, value, expected, "0.0;0.0")
        return points or self.percent(abs((value - expected) / expected) if expected else 0.0)

    def _points(self, kpi: Kpi, value: float, expected: float, pattern: str) -> str | None:
        if kpi.unit != "ratio":
            return None
        if expected and (value - expected) / expected <= _LARGEST_CHANGE:
            return None
        points = format_decimal((value - expected) * 100, format=pattern, locale=self.locale)
        return self.say("mail.points", points=str(points))

    def day(self, day: date) -> str:
        """Write a day without its weekday: `22 Nov`."""
        return str(format_date(day, _DAYS[self.language][0], locale=self.locale))

    def weekday(self, day: date) -> str:
        """Write a day with its weekday: `Sun 22 Nov`."""
        return str(format_date(day, _DAYS[self.language][1], locale=self.locale))

    def moment(self, moment: datetime) -> str:
        """Write a local moment to the minute: `22 Nov 18:00`."""
        return f"{self.day(moment.date())} {moment:%H:%M}"

    def joined(self, sentences: Sequence[str]) -> str:
        """Put sentences behind each other: with a space, or without one in Chinese."""
        return ("" if self.language == "zh" else " ").join(sentences)

    def together(self, names: Sequence[str]) -> str:
        """Join names as a sentence does: `a, b and c`."""
        return str(format_list(list(names), locale=self.locale))

    def member(self, code: str) -> str:
        """Name a slice: a channel, category or device."""
        return self._named("members", code)

    def dimension(self, code: str) -> str:
        """Name what a KPI is sliced by."""
        return self._named("dimensions", code)

    def reason(self, code: str) -> str:
        """Name why money was given back."""
        return self._named("reasons", code)

    def feed(self, code: str) -> str:
        """Name a feed, or all of them."""
        if code == ANY_FEED:
            return self.say("any_feed")
        feed = all_feeds().get(code)
        return feed.label[self.language] if feed else shown(code)

    def owner(self, code: str) -> str:
        """Name the team a KPI belongs to."""
        return self._named("owners", code)

    def area(self, code: str) -> str:
        """Name an area of the business."""
        return self._named("areas", code)

    def missing(self, code: str) -> str:
        """Name the reason why a KPI has no value."""
        return self._named("missing", code)

    def _named(self, kind: str, code: str) -> str:
        """Write a code in words; one without words is shown unchanged, so it can be searched."""
        return str(self.phrases[kind].get(code) or shown(code))

    def timezone(self, name: str) -> str:
        """Name a time zone as people there do: `Eastern Time`; UTC stays UTC."""
        if name in _NAMELESS_ZONES:
            return "UTC"
        return str(get_timezone_name(ZoneInfo(name), locale=self.locale))

    def within(self, name: str) -> str:
        """Write a KPI's name as it stands inside a sentence."""
        if self.language == "zh" or (len(name) > 1 and name[1].isupper()):
            return name
        return name[:1].lower() + name[1:]


def _spaced(text: str) -> str:
    """Put the space between Chinese and Latin words that Chinese typography asks for."""
    return re.sub(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z])|(?<=[A-Za-z])(?=[\u4e00-\u9fff])", " ", text)


@cache
def _phrases(language: Language) -> Mapping[str, Any]:
    text = (Path(__file__).parent / f"{language}.yaml").read_text(encoding="utf-8")
    phrases: Mapping[str, Any] = yaml.safe_load(text)
    return phrases
