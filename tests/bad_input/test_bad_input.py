"""Every case of the matrix comes out as it was written down."""

from collections import Counter
from itertools import groupby

import pytest

from bad_input.case import Case, outcome
from bad_input.matrix import CASES, KINDS
from bad_input.shop import Came, Shop


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.id}")
def test_bad_input_comes_out_as_it_was_written_down(tmp_path, case):
    assert outcome(case, Shop(tmp_path)) == case.expected, case.wrong


def test_there_are_enough_cases_of_every_class_each_under_a_name_of_its_own():
    ids = Counter(case.id for case in CASES)
    by_kind = Counter(case.kind for case in CASES)

    assert len(CASES) >= 60
    assert set(by_kind) == set(KINDS)
    assert min(by_kind.values()) >= 10
    assert [id for id, times in ids.items() if times > 1] == []
    assert [kind for kind, _ in groupby(case.kind for case in CASES)] == list(KINDS)


def test_whatever_is_refused_or_held_back_has_to_say_what_to_do():
    silent = [
        case.id
        for case in CASES
        if case.expected.startswith(("landing refused", "validating refused", "held back"))
        and not case.says
    ]

    assert silent == []


def test_a_case_that_comes_out_otherwise_is_told(tmp_path):
    def crash(shop):
        raise KeyError("a fault of ours")

    def came(message):
        return lambda shop: Came("accepted 1", message, {"amount": "1.00"})

    def told(bring, **more):
        return outcome(Case("x", "row", "a fault", "accepted 1", bring, **more), Shop(tmp_path))

    assert told(came("fine")) == "accepted 1"
    assert told(crash).startswith("crashed: KeyError in crash")
    assert told(came("jane.doe@example.org")) == "accepted 1; quotes customer data"
    assert told(came("sesame-7f3a")) == "accepted 1; shows a secret"
    assert "steers the terminal" in told(came("\x1b[2J"))
    assert "characters" in told(came("x" * 5000))
    assert "says 'fine'" in told(came("fine"), says="what to do")
    assert "amount is read as '1.00'" in told(came("fine"), reads={"amount": "2.00"})
