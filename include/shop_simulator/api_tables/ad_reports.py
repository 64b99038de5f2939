"""What the advertising platforms report: per account day and ad group, restated for a week.

Visits come from clicks: an ad group's clicks follow from the visits of its campaign, and their cost
from the price of a click and the day's budget. Purchases are the platform's own claim: it counts
buyers who only saw an advertisement, and learns of some of them days later.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from shop_simulator.clock import HOUR, MINUTE, local_midnight
from shop_simulator.randomness import Floats, Ints, stream
from shop_simulator.selling.ad_budgets import daily_budgets
from shop_simulator.selling.demand import LANDED_CLICKS
from shop_simulator.selling.simulation import Plan, StoreDay, StoreHistory
from shop_simulator.setting.catalogue import Assortment, sku_codes
from shop_simulator.setting.stores import AdAccount, Store

_ADVERTISED_ITEMS = 5
# Share of its final claim that a platform makes on the first to seventh morning.
_CLAIMED = (0.70, 0.82, 0.89, 0.94, 0.97, 0.99, 1.0)
# From this morning on, clicks of bots are detected and credited.
_CREDITED_FROM = 3
_REPORTED_AT_HOUR = 6


@dataclass(frozen=True)
class _AdGroup:
    """One line of a daily report: a campaign, or one advertised item of it."""

    channel: str
    account: AdAccount
    campaign: str
    sku: int

    @property
    def number(self) -> str:
        return f"{self.campaign}/{sku_codes()[self.sku] if self.sku >= 0 else 'all'}"


class AdReports:
    """Counts the visits and purchases of a store's advertisements, day by day.

    Args:
        plan: of the world.
        history: of the store.
    """

    def __init__(self, plan: Plan, history: StoreHistory) -> None:
        self._plan = plan
        self._store = history.store
        self._advertised = _advertised(history.assortment)
        self._groups = _ad_groups(history.store, self._advertised)
        self._platform = np.array([group.account.platform for group in self._groups])
        # By account day: visits, purchases and cents bought, per ad group.
        self._counts: dict[int, Floats] = defaultdict(lambda: np.zeros((3, len(self._groups))))

    def take(self, day: StoreDay) -> None:
        """Count a local day's visits and purchases under the days of the accounts."""
        sessions = day.sessions
        group = np.where(sessions.is_bot, -1, self._group_of(day))
        purchases = day.taken.orders["session"]
        for account in {group.account for group in self._groups}:
            ordinal = _account_days(account, day.scene.day, sessions.start_ms)
            of_account = np.array([other.account == account for other in self._groups])
            mine = (group >= 0) & of_account[np.maximum(group, 0)]
            for today in np.unique(ordinal[mine]).tolist():
                counted = mine & (ordinal == today)
                bought = counted[purchases]
                at, due = group[purchases[bought]], day.taken.orders["due"][bought]
                size = len(self._groups)
                counts = self._counts[today]
                counts[0] += np.bincount(group[counted], minlength=size)
                counts[1] += np.bincount(at, minlength=size)
                counts[2] += np.bincount(at, due, minlength=size)

    def rows(self) -> pd.DataFrame:
        """The report's rows as they stand at the plan's clock, with `modified_ms`."""
        found = [
            row
            for ordinal in sorted(self._counts)
            for row in self._rows_of_day(date.fromordinal(ordinal), self._counts[ordinal])
        ]
        return pd.DataFrame(found)

    def _group_of(self, day: StoreDay) -> Ints:
        """The ad group of each session; -1 for sessions without an advertisement."""
        channels = list(self._store.channels)
        sessions = day.sessions
        group = np.full(len(sessions.channel), -1, dtype=np.int64)
        for position, one in enumerate(self._groups):
            channel = channels.index(one.channel)
            campaign = self._store.channels[one.channel].campaigns.index(one.campaign)
            matches = (sessions.channel == channel) & (sessions.campaign == campaign)
            if one.sku >= 0:
                # A bounced visit saw some item; visitors' numbers spread them evenly.
                bounced = sessions.interest < 0
                turn = self._advertised[sessions.visitor % len(self._advertised)]
                matches &= np.where(bounced, turn, sessions.interest) == one.sku
            group[matches] = position
        return group

    def _rows_of_day(self, day: date, counts: Floats) -> Sequence[Mapping[str, Any]]:
        rng = stream(self._plan.seed, self._store.code, "advertising", day.toordinal())
        size = len(self._groups)
        reported_after = rng.integers(0, 40 * MINUTE, size)
        clicks = np.ceil(counts[0] / LANDED_CLICKS * rng.uniform(0.99, 1.03, size))
        prices = np.array([group.account.click_cents for group in self._groups])
        spend = np.floor(clicks * prices * rng.lognormal(0, 0.05, size))
        spend = self._within_budget(day, spend)
        views = np.ceil(clicks / (0.03 * rng.lognormal(0, 0.15, size)))
        credit = rng.uniform(0, 0.015, size)
        claimed = counts[1] + rng.poisson(0.25 * counts[1] + 0.002 * clicks)
        usual = counts[2].sum() / max(1.0, counts[1].sum())
        value = counts[2] + (claimed - counts[1]) * usual
        new = rng.binomial(claimed.astype(np.int64), 0.62)
        rows = []
        for at, group in enumerate(self._groups):
            mornings = _mornings(group.account, day, int(reported_after[at]))
            version = sum(morning < self._plan.until_ms for morning in mornings)
            if version:
                kept = 1 - credit[at] * (version >= _CREDITED_FROM)
                share = _CLAIMED[version - 1]
                numbers = {
                    "cost_cents": spend[at] * kept,
                    "shows": views[at],
                    "clicks": clicks[at] * kept,
                    "conv": claimed[at] * share,
                    "conv_cents": value[at] * share,
                    "conv_new": new[at] * share,
                }
                rows.append(
                    {
                        **self._labels(group, day),
                        **{name: int(number) for name, number in numbers.items()},
                        "modified_ms": mornings[version - 1],
                    }
                )
        return rows

    def _within_budget(self, day: date, spend: Floats) -> Floats:
        """Lower the price of clicks where a day's spend would not stay within its budget."""
        for platform, cents in daily_budgets(self._store, self._plan.scale, day).items():
            mine = self._platform == platform
            total = spend[mine].sum()
            if total > cents:
                spend = np.where(mine, np.floor(spend * cents / total), spend)
        return spend

    def _labels(self, group: _AdGroup, day: date) -> Mapping[str, Any]:
        return {
            "shop": self._store.code,
            "network": group.account.platform,
            "account": group.account.number,
            "account_tz": group.account.tz_name,
            "campaign": group.campaign,
            "campaign_title": group.campaign.replace("-", " ").capitalize(),
            "ad_group": group.number,
            "channel": group.channel,
            "item_no": sku_codes()[group.sku] if group.sku >= 0 else None,
            "ccy": self._store.currency,
            "day": day.isoformat(),
        }


def ad_rows(reports: Sequence[AdReports]) -> pd.DataFrame:
    """The rows of all stores, by the moment they last changed."""
    rows = pd.concat([report.rows() for report in reports], ignore_index=True)
    return rows.sort_values("modified_ms", kind="stable", ignore_index=True)


def _advertised(assortment: Assortment) -> Ints:
    """The best sellers of those that are on the shelf from the beginning."""
    best = assortment.best_sellers(len(assortment.popularity))
    return best[assortment.first_day_offset[best] <= 0][:_ADVERTISED_ITEMS]


def _ad_groups(store: Store, advertised: Ints) -> list[_AdGroup]:
    """Every line of the store's reports; of a campaign, what is not about one item first."""
    return [
        _AdGroup(name, account, campaign, sku)
        for name, account in store.ad_accounts.items()
        for campaign in store.channels[name].campaigns
        for sku in (-1, *(advertised.tolist() if campaign in account.item_campaigns else ()))
    ]


def _account_days(account: AdAccount, day: date, moments_ms: Ints) -> Ints:
    """The ordinal of the account's day on which each moment of a shop's local day falls."""
    days = [day + timedelta(days=step) for step in (-1, 0, 1, 2)]
    midnights = [local_midnight(account.tz_name, one) for one in days]
    return np.searchsorted(midnights, moments_ms, side="right") + day.toordinal() - 2


def _mornings(account: AdAccount, day: date, reported_after_ms: int) -> list[int]:
    """When a day's numbers are written, first on the morning after it."""
    return [
        local_midnight(account.tz_name, day + timedelta(days=step))
        + _REPORTED_AT_HOUR * HOUR
        + reported_after_ms
        for step in range(1, len(_CLAIMED) + 1)
    ]
