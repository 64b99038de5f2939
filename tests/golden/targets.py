"""Targets of the golden shop, and how far its months come towards them."""

from math import sqrt

from golden.book import UNKNOWN, Carried, Day, Page
from golden.shop import CN, US
from support.accepted_lake import Row

# June is to bring 100 dollars: 40 on the 5th and 60 on the 25th, when a mug is sold for 10.
TARGETS: list[Row] = [
    {"store_id": US, "metric": "net_sales", "currency": "USD", "target_date": day, "value": amount,
     "updated_at": "2026-05-31 12:00:00"}
    for day, amount in (("2026-06-05", "40.00"), ("2026-06-25", "60.00"))
]  # fmt: skip

# October is to cost 40: search may take 20 on the 24th and 10 on the 27th, social 10 on the 25th.
# The sum of the platforms, which the store gives as well, adds nothing.
BUDGETS: list[Row] = [
    {"store_id": US, "budget_kind": "ad_spend", "scope": scope, "currency": "USD",
     "budget_date": day, "amount": amount, "updated_at": "2026-09-30 12:00:00"}
    for scope, day, amount in (
        ("searchads", "2026-10-24", "20.00"),
        ("searchads", "2026-10-27", "10.00"),
        ("socialads", "2026-10-25", "10.00"),
        ("all", "2026-10-24", "40.00"),
    )
]  # fmt: skip


def _margin(days_behind: int, days_left: int) -> float:
    """How far the landing may be off, nine times in ten, once the mug is sold.

    The pace is 10 / 100. The squares of what days were off it: (0 - 0.1 * 40)² + (10 - 0.1 * 60)² =
    16 + 16.
    """
    deviation = sqrt((16 + 16) / (days_behind - 1))
    return round(1.2816 * deviation * sqrt(days_left + days_left**2 / days_behind), 2)


PAGE = Page(
    nothing={
        "target_attainment": Carried(at_first=UNKNOWN),
        "target_progress_gap": Carried(at_first=UNKNOWN),
        "required_run_rate": Carried(at_first=None),
        "landing_forecast": Carried(at_first=None),
        "landing_forecast_p10": Carried(at_first=None),
        "landing_forecast_p90": Carried(at_first=None),
        "ad_budget_used": Carried(at_first=UNKNOWN),
        "ad_budget_pacing": Carried(at_first=UNKNOWN),
    },
    money_ratios=frozenset(
        {"target_attainment", "target_progress_gap", "ad_budget_used", "ad_budget_pacing"}
    ),
    days={
        US: [
            # nothing is reached of 100, nothing was to be; 30 days of average weight are left but
            # for the first
            Day("2026-06-01", target_attainment=(0, 100), target_progress_gap=(0, 100),
                required_run_rate=round(100 / 30, 2)),
            # 40 were to be reached; 60 of 100 are left, the weight of 18 days of 30
            Day("2026-06-05", target_progress_gap=(0 - 40, 100),
                required_run_rate=round(100 / 18, 2)),
            # two weeks are known, in which none of 40 was reached: nor will any of the other 60
            Day("2026-06-14", landing_forecast=0, landing_forecast_p10=0, landing_forecast_p90=0),
            # a mug; no day is left that is to bring anything, but days that may
            Day("2026-06-25", target_attainment=(10, 100), target_progress_gap=(10 - 100, 100),
                required_run_rate=None, landing_forecast=10 + 0,
                landing_forecast_p10=10 - _margin(25, 5), landing_forecast_p90=10 + _margin(25, 5)),
            Day("2026-06-26", landing_forecast_p10=10 - _margin(26, 4),
                landing_forecast_p90=10 + _margin(26, 4)),
            Day("2026-06-27", landing_forecast_p10=10 - _margin(27, 3),
                landing_forecast_p90=10 + _margin(27, 3)),
            Day("2026-06-28", landing_forecast_p10=10 - _margin(28, 2),
                landing_forecast_p90=10 + _margin(28, 2)),
            # 28 days are looked at, of which the first was empty
            Day("2026-06-29", landing_forecast_p10=10 - _margin(28, 1),
                landing_forecast_p90=10 + _margin(28, 1)),
            Day("2026-06-30", landing_forecast_p10=10, landing_forecast_p90=10),
            # July has no target
            Day("2026-07-01", target_attainment=UNKNOWN, target_progress_gap=UNKNOWN,
                landing_forecast=None, landing_forecast_p10=None, landing_forecast_p90=None),
            # nothing was to be spent before the 24th, and nothing was
            Day("2026-10-01", ad_budget_used=(0, 40), ad_budget_pacing=(0, 0)),
            # 9.50 by search and 5 by social
            Day("2026-10-24", ad_budget_used=(9.50 + 5, 40), ad_budget_pacing=(9.50 + 5, 20)),
            Day("2026-10-25", ad_budget_pacing=(9.50 + 5, 20 + 10)),
            Day("2026-10-27", ad_budget_used=(9.50 + 5 + 4, 40),
                ad_budget_pacing=(9.50 + 5 + 4, 20 + 10 + 10)),
            # November has no budget
            Day("2026-11-01", ad_budget_used=UNKNOWN, ad_budget_pacing=UNKNOWN),
        ],
    },
    # without a report of the Chinese account nobody can tell, budget or not
    unreported={
        (CN, "2026-11-12"): {"ad_budget_used": (None, None), "ad_budget_pacing": (None, None)},
    },
    slices={
        ("ad_budget_pacing", "2026-10-25", US, "ad_platform"): {
            "searchads": 9.50 / 20, "socialads": 5 / 10,
        },
    },
    rows={"targets": TARGETS, "budgets": BUDGETS},
)  # fmt: skip
