"""An incident in a subject line and a few sentences."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from storepulse.display_names import shown
from storepulse.i18n.formats import Wording
from storepulse.monitor.dedup import Worsening
from storepulse.monitor.records import EvaluatedDay, Evidence, Incident, Status
from storepulse.serving.catalog import Kpi, Store
from storepulse.serving.readiness import NotReady

# Mail programs on phones show about so much of a subject.
SUBJECT_LENGTH = 60
# More names than this in one sentence are not read.
NAMES = 4


def subject(incident: Incident, wording: Wording) -> str:
    """Summarise an incident in at most 60 characters, the same in all of its mails.

    What looks like a fault of the data is tagged as such, in place of the severity.
    """
    store = incident.store.name
    member = _member_of(incident)
    fault, severity = "subject_data_fault", f"severities.{incident.severity}"
    tag = wording.say(fault if incident.is_data_fault else severity)
    places = [wording.say("place", store=store, member=wording.member(member))] if member else []
    places += [store, _shortened(store, 12)]
    lines = [
        one_line(
            wording.say(
                "subject",
                tag=tag,
                kpi=incident.kpi.title(wording.language),
                change=_deviation(incident, wording),
                day=wording.day(incident.day),
                place=place,
            )
        )
        for place in places
    ]
    return next((line for line in lines if len(line) <= SUBJECT_LENGTH), lines[-1][:SUBJECT_LENGTH])


def headline(incident: Incident, wording: Wording) -> str:
    """Name the KPI and how far it is from what was expected."""
    return one_line(f"{incident.kpi.title(wording.language)} {_deviation(incident, wording)}")


def _deviation(incident: Incident, wording: Wording) -> str:
    one = incident.primary
    return wording.deviation(incident.kpi, one.value, one.expected)


def one_line(text: str) -> str:
    """Make text safe as a header: no line breaks, no control characters, single spaces."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()


def sentences(incident: Incident, wording: Wording) -> list[str]:
    """Describe an incident: what and how much; since when; what moved it; the best evidence."""
    return [
        text
        for text in (
            _what(incident, wording),
            _since_when(incident.primary, wording),
            _money(incident, wording),
            _which_slice(incident, wording),
            *(evidence_sentence(one, wording) for one in incident.evidence[:1]),
            wording.say("data_fault") if incident.is_data_fault else "",
            "" if incident.primary.is_bad else wording.say("good_side"),
        )
        if text
    ]


def not_ready_sentences(found: Sequence[NotReady], store: Store, wording: Wording) -> list[str]:
    """Which numbers are not ready, since when and why; a sentence for each reason."""
    return [_not_ready(one, store, wording) for one in found]


def _not_ready(one: NotReady, store: Store, wording: Wording) -> str:
    named = [wording.within(kpi.title(wording.language)) for kpi in one.kpis[:NAMES]]
    more = len(one.kpis) - len(named)
    if more > 0:
        named.append(wording.say("not_ready.more", count=more))
    why = wording.say(f"not_ready.{one.reason}", feed=wording.feed(one.feed))
    kpis = wording.together(named)
    if one.since is None:
        return wording.say("not_ready.because", why=why, kpis=kpis)
    since = wording.moment(one.since.astimezone(ZoneInfo(store.timezone)))
    return wording.say("not_ready.because_since", why=why, since=since, kpis=kpis)


def thread_sentence(root: Incident, wording: Wording) -> str:
    """For a later mail of an incident: how it was first reported."""
    return wording.say(
        "goes_on",
        day=wording.day(root.day),
        place=place_of(root, wording),
        kpi=wording.within(root.kpi.title(wording.language)),
        change=_deviation(root, wording),
    )


def worse_sentences(found: Iterable[Worsening], incident: Incident, wording: Wording) -> list[str]:
    """For a later mail of an incident: what is worse than reported so far; one of each kind."""
    of_a_kind = {one.what: one for one in reversed(list(found))}
    return [_worse(one, incident, wording) for one in reversed(list(of_a_kind.values()))]


def _worse(one: Worsening, incident: Incident, wording: Wording) -> str:
    values = {"day": wording.day(one.notified.day)}
    if one.now is not None and one.before is not None:
        kpi = incident.kpis[one.now.key.kpi]
        values |= {"kpi": wording.within(kpi.title(wording.language))}
        values |= {"place": _place(incident.store, one.now, wording)}
        for name, day in (("now", one.now), ("before", one.before)):
            values |= {name: wording.deviation(kpi, day.value, day.expected)}
    for name, version in (("now", incident), ("before", one.notified)):
        if one.what == "severity":
            values |= {name: wording.within(wording.say(f"severities.{version.severity}"))}
        if one.what == "money":
            values |= {name: wording.money(version.money_at_stake, incident.store.currency)}
    return wording.say(f"worse_{one.what}", **values)


def place_of(incident: Incident, wording: Wording) -> str:
    """Name the store, and the slice where it is one."""
    return _place(incident.store, incident.primary, wording)


def _place(of: Store, one: EvaluatedDay, wording: Wording) -> str:
    store = of.name
    if one.key.is_total:
        return store
    return wording.say("place", store=store, member=wording.member(one.key.member))


def context_sentences(incident: Incident, wording: Wording) -> list[str]:
    """What else is known: more evidence, what else moved, what did not, the calendar."""
    return [
        *(evidence_sentence(one, wording) for one in incident.evidence[1:]),
        *_others(incident, wording),
        *_calendar(incident, wording),
    ]


def _what(incident: Incident, wording: Wording) -> str:
    one, kpi, currency = incident.primary, incident.kpi, incident.store.currency
    return wording.say(
        "below" if one.score < 0 else "above",
        kpi=kpi.title(wording.language),
        place=place_of(incident, wording),
        day=wording.weekday(incident.day),
        change=wording.distance(kpi, one.value, one.expected),
        **{
            name: wording.value(kpi, getattr(one, name), currency, one.expected)
            for name in ("value", "expected", "lower", "upper")
        },
    )


def _since_when(one: EvaluatedDay, wording: Wording) -> str:
    return wording.say("in_a_row", days=one.days_in_a_row) if one.days_in_a_row > 1 else ""


def _money(incident: Incident, wording: Wording) -> str:
    if not incident.money_at_stake or incident.kpi.unit == "money":
        return ""
    money = wording.money(incident.money_at_stake, incident.store.currency)
    return wording.say("money_at_stake", money=money)


def _which_slice(incident: Incident, wording: Wording) -> str:
    breakdown = incident.breakdown
    if breakdown is None or not incident.primary.key.is_total:
        return ""
    side = "below" if incident.primary.score < 0 else "above"
    percents = {row.member: row.percent for row in breakdown.rows}
    percent = percents.get(breakdown.culprit) if breakdown.culprit else None
    if breakdown.culprit is None or percent is None:
        return wording.say(f"spread_{side}", dimension=wording.dimension(breakdown.dimension))
    share = percent / 100
    return wording.say(
        f"culprit_{side}" if share < 1 else f"all_{side}",
        member=wording.member(breakdown.culprit),
        percent=wording.percent(share),
    )


def evidence_sentence(evidence: Evidence, wording: Wording) -> str:
    """Write one piece of evidence."""
    name = wording.reason if evidence.kind == "refund_reason" else shown
    return wording.say(f"evidence.{evidence.kind}", **_written(evidence.values, wording, name))


def _written(
    values: Mapping[str, Any], wording: Wording, name_of: Callable[[Any], str]
) -> dict[str, str]:
    shares = {"share", "usual", "depth"}
    writers: Mapping[str, Callable[[Any], str]] = {
        "member": wording.member,
        "name": name_of,
        "since": lambda day: wording.day(day if isinstance(day, date) else date.fromisoformat(day)),
        **dict.fromkeys(shares, wording.percent),
    }
    return {
        key: writers[key](value) if key in writers else _plain(value)
        for key, value in values.items()
    }


def _plain(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, int | float) else shown(str(value))


def _others(incident: Incident, wording: Wording) -> Iterator[str]:
    def found(*statuses: Status) -> list[EvaluatedDay]:
        return [one for one in incident.surroundings if one.status in statuses]

    def named(phrase: str, days: Sequence[EvaluatedDay]) -> Iterator[str]:
        if days:
            yield wording.say(phrase, kpis=_names(days, incident.kpis, wording))

    yield from named("also_moved", found("anomaly"))
    yield from named("in_parts", [one for one in incident.anomalies[1:] if not one.key.is_total])
    yield from named("by_chance", found("low", "high"))
    yield from named("as_usual", found("usual"))


def _names(days: Sequence[EvaluatedDay], kpis: Mapping[str, Kpi], wording: Wording) -> str:
    """Name some KPIs, what is not usual with its change, and count the rest."""
    names = [_name(one, kpis[one.key.kpi], wording) for one in days[:NAMES]]
    more = len(days) - len(names)
    return wording.together([*names, *([wording.say("more_kpis", count=more)] if more else [])])


def _name(one: EvaluatedDay, kpi: Kpi, wording: Wording) -> str:
    name = wording.within(kpi.title(wording.language))
    if one.status == "usual":
        return name
    change = wording.deviation(kpi, one.value, one.expected)
    if one.key.is_total:
        return f"{name} {change}"
    return wording.say("in_part", kpi=name, change=change, member=wording.member(one.key.member))


def _calendar(incident: Incident, wording: Wording) -> Iterator[str]:
    apart = [event for event in incident.events if event.is_a_day_apart]
    others = [event for event in incident.events if not event.is_a_day_apart]
    if not apart:
        yield wording.say("no_event")
    for phrase, events in (("events", apart), ("other_events", others)):
        if events:
            names = [event.title(wording.language) for event in events]
            yield wording.say(phrase, events=wording.together(names))


def _member_of(incident: Incident) -> str | None:
    if not incident.primary.key.is_total:
        return incident.primary.key.member
    return incident.breakdown.culprit if incident.breakdown else None


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
