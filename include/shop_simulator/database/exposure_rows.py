"""The rows of `test_exposures` as they stand at the simulator's clock."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shop_simulator.columns import frame_of
from shop_simulator.logs.event_log import visitor_numbers
from shop_simulator.selling.simulation import Plan, StoreHistory

_COLUMNS = ("shop_code", "test_no", "visitor_no", "variant", "seen_ms", "modified_ms")


def exposure_rows(histories: Sequence[StoreHistory], plan: Plan) -> pd.DataFrame:
    """Rows of `test_exposures`, with `modified_ms`: a visitor once per experiment, for ever."""
    frames = [
        frame_of(history.exposures()).assign(shop_code=history.store.code)
        for history in histories
        if history.exposures()
    ]
    if not frames:
        return pd.DataFrame(columns=list(_COLUMNS))
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[rows["seen_ms"] < plan.until_ms].sort_values("seen_ms", kind="stable")
    rows = rows.drop_duplicates(["test_no", "visitor"])
    rows["visitor_no"] = [f"v{number}" for number in visitor_numbers(rows["visitor"].to_numpy())]
    rows["variant"] = np.where(rows["treated"], "B", "A")
    rows["modified_ms"] = rows["seen_ms"]
    return rows
