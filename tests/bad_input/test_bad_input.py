"""Every case of the matrix has its expected outcome."""

from collections import Counter
from itertools import groupby

import pytest

from bad_input.case import Case, outcome_of
from bad_input.matrix import CASES, KINDS
from bad_input.shop import Outcome, Shop


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.id}")
def test_bad_input_has_its_expected_outcome(tmp_path, case):
    assert outcome_of(case, Shop(tmp_path)) == case.expected, case.wrong


def test_every_class_has_enough_cases_and_every_case_a_unique_id():
    ids = Counter(case.id for case in CASES)
    by_kind = Counter(case.kind for case in CASES)

    assert len(CASES) >= 60
    assert set(by_kind) == set(KINDS)
    assert min(by_kind.values()) >= 10
    assert [id for id, times in ids.items() if times > 1] == []
    assert [kind for kind, _ in groupby(case.kind for case in CASES)] == list(KINDS)


def test_every_refusal_and_rejection_explains_what_to_do():
    silent = [
        case.id
        for case in CASES
        if case.expected.startswith(("landing refused", "validating refused", "rejected"))
        and not case.message
    ]

    assert silent == []


def test_an_unexpected_outcome_is_reported(tmp_path):
    def crash(shop):
        raise KeyError("a fault of ours")

    def accepted(message):
        return lambda shop: Outcome("accepted 1", message, {"amount": "1.00"})

    def outcome(provide, **more):
        case = Case("x", "row", "a fault", "accepted 1", provide, **more)
        return outcome_of(case, Shop(tmp_path))

    assert outcome(accepted("fine")) == "accepted 1"
    assert outcome(crash).startswith("crashed: KeyError in crash")
    assert outcome(accepted("jane.doe@example.org")) == "accepted 1; quotes customer data"
    assert outcome(accepted("sesame-7f3a")) == "accepted 1; shows a secret"
    assert "controls the terminal" in outcome(accepted("\x1b[2J"))
    assert "characters" in outcome(accepted("x" * 5000))
    assert "its message is 'fine'" in outcome(accepted("fine"), message="what to do")
    assert "amount is read as '1.00'" in outcome(accepted("fine"), reads={"amount": "2.00"})
