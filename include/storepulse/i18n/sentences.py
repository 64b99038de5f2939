"""An incident in a subject line and a few sentences."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from storepulse.display_names import shown
from storepulse.i18n.formats import Wording
from storepulse.monitor.dedup import Worsening
from storepulse.monitor.records import (
    DATA_FAULTS,
    EvaluatedDay,
    Evidence,
    Incident,
    Status,
)
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
    store = incident.store.short_name
    member = _member_of(incident)
    places = [wording.say("place", store=store, member=wording.member(member))] if member else []
    places += [store, _shortened(store, 12)]
    lines = [
        one_line(
            wording.say(
                "subject",
                tag=tag(incident, wording),
                kpi=incident.lead_kpi.title(wording.language),
                change=_deviation(incident, wording),
                day=wording.day(incident.day),
                place=place,
            )
        )
        for place in places
    ]
    return next((line for line in lines if len(line) <= SUBJECT_LENGTH), lines[-1][:SUBJECT_LENGTH])


def tag(incident: Incident, wording: Wording) -> str:
    """How urgent an incident is, or that its data is to be checked."""
    if incident.is_data_fault:
        return wording.say("subject_data_fault")
    return wording.say(f"severities.{incident.severity}")


def headline(incident: Incident, wording: Wording) -> str:
    """Name the KPI and how far it is from what was expected."""
    return one_line(f"{incident.lead_kpi.title(wording.language)} {_deviation(incident, wording)}")


def _deviation(incident: Incident, wording: Wording) -> str:
    one = incident.lead
    return wording.deviation(incident.lead_kpi, one.value, one.expected)


def one_line(text: str) -> str:
    """Make text safe as a header: no line breaks, no control characters, single spaces."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()


def sentences(incident: Incident, wording: Wording) -> list[str]:
    """Describe an incident: money, what stands out, what moved it, since when, best evidence."""
    return [
        text
        for text in (
            _money(incident, wording),
            _what(incident, wording),
            _which_slice(incident, wording),
            _since_when(incident, wording),
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


def data_fault_sentences(incident: Incident, wording: Wording) -> list[str]:
    """For supervisors, when the data of a day is at fault: what shows it, what not to use."""
    return [
        *(evidence_sentence(one, wording) for one in incident.evidence if one.kind in DATA_FAULTS),
        _not_to_use(incident, wording),
    ]


def _not_to_use(incident: Incident, wording: Wording) -> str:
    """Name every KPI that counts a feed at fault: its value is wrong, whichever way it went."""
    at_fault = {
        feed for one in incident.evidence for feed in DATA_FAULTS.get(one.kind, frozenset())
    }
    names = [
        wording.within(kpi.title(wording.language))
        for kpi in incident.kpis.values()
        if at_fault & set(kpi.feeds)
    ]
    return wording.say("not_to_use", kpis=wording.together(names))


def thread_sentence(root: Incident, wording: Wording) -> str:
    """For a later mail of an incident: how it was first reported."""
    return wording.say(
        "goes_on",
        day=wording.day(root.day),
        place=place_of(root, wording),
        kpi=wording.within(root.lead_kpi.title(wording.language)),
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
    return _place(incident.store, incident.lead, wording)


def _place(of: Store, one: EvaluatedDay, wording: Wording) -> str:
    store = of.name
    if one.key.is_total:
        return store
    return wording.say("place", store=store, member=wording.member(one.key.member))


def context_sentences(incident: Incident, wording: Wording) -> list[str]:
    """What else is known: more evidence, what else moved, what did not, the calendar."""
    return [
        *(evidence_sentence(one, wording) for one in incident.evidence[1:]),
        *([_not_to_use(incident, wording)] if incident.is_data_fault else []),
        *_others(incident, wording),
        *_calendar(incident, wording),
    ]


def _money(incident: Incident, wording: Wording) -> str:
    money, currency = incident.money, incident.store.currency
    if money is None:
        return ""
    one, kpi = money.carrier, incident.lead_kpi
    kind = "given_back" if money.is_given_back else "missing"
    return wording.say(
        f"money_{kind}" if money.low else f"money_{kind}_by_chance",
        place=place_of(incident, wording),
        day=wording.weekday(incident.day),
        kpi=wording.within(kpi.title(wording.language)),
        change=wording.distance(kpi, one.value, one.expected),
        **{
            name: wording.money(getattr(of, name), currency, one.expected)
            for of, names in ((money, ("amount", "low", "high")), (one, ("value", "expected")))
            for name in names
        },
    )


def _what(incident: Incident, wording: Wording) -> str:
    """The primary series; it opens the mail unless money does, and may have done so as money."""
    one, kpi, currency = incident.primary, incident.kpi, incident.store.currency
    if incident.money and one.key == incident.lead.key:
        return ""
    side, title = "below" if one.score < 0 else "above", kpi.title(wording.language)
    return wording.say(
        f"stands_out_{side}" if incident.money else side,
        kpi=_apart_from_lead(incident, title, wording) if incident.money else title,
        place=_place(incident.store, one, wording),
        day=wording.weekday(incident.day),
        change=wording.distance(kpi, one.value, one.expected),
        **{
            name: wording.value(kpi, getattr(one, name), currency, one.expected)
            for name in ("value", "expected", "lower", "upper")
        },
    )


def _apart_from_lead(incident: Incident, title: str, wording: Wording) -> str:
    """Name the primary KPI with its place, unless the mail has just named that one."""
    kpi, one, lead = wording.within(title), incident.primary.key, incident.lead.key
    if (one.dimension, one.member) == (lead.dimension, lead.member):
        return kpi
    if one.is_total:
        return wording.say("in_whole_store", kpi=kpi)
    return wording.say("in_slice", kpi=kpi, member=wording.member(one.member))


def _since_when(incident: Incident, wording: Wording) -> str:
    money = incident.money
    if money is None or money.days == 1:
        days = incident.primary.days_in_a_row
        return wording.say("in_a_row", days=days) if days > 1 else ""
    return wording.say(
        "since_given_back" if money.is_given_back else "since_missing",
        since=wording.day(money.since),
        days=money.days,
        total=wording.money(money.total, incident.store.currency),
    )


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
        others = (one for one in incident.surroundings if one.key != incident.lead.key)
        return [one for one in others if one.status in statuses]

    def named(phrase: str, days: Sequence[EvaluatedDay]) -> Iterator[str]:
        if days:
            yield wording.say(phrase, kpis=_names(days, incident.kpis, wording))

    opened_with = {incident.primary.key, incident.lead.key}
    parts = [
        one for one in incident.anomalies if not one.key.is_total and one.key not in opened_with
    ]
    yield from named("also_moved", found("anomaly"))
    yield from named("in_parts", parts)
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
    """The calendar as far as it bears on the incident.

    A policy, such as later returns, bears on refunds only.
    """
    feeds = {feed for one in incident.anomalies for feed in incident.kpis[one.key.kpi].feeds}
    apart = [event for event in incident.events if event.is_a_day_apart]
    others = [event for event in incident.events if not event.is_a_day_apart]
    others = [event for event in others if event.kind != "policy" or "refunds" in feeds]
    if not apart:
        yield wording.say("no_event")
    found = (("events", apart), ("next_to", incident.next_to), ("other_events", others))
    for phrase, events in found:
        if events:
            names = [event.title(wording.language) for event in events]
            yield wording.say(phrase, events=wording.together(names))


def _member_of(incident: Incident) -> str | None:
    """The slice that a subject names; one found for another KPI would not fit its number."""
    if not incident.lead.key.is_total:
        return incident.lead.key.member
    is_split = incident.breakdown and incident.lead.key == incident.primary.key
    return incident.breakdown.culprit if incident.breakdown and is_split else None


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
