"""Ids that gather strangers are named, and what to do about them."""

from services.tools.doctor.finding import Verdict
from services.tools.doctor.shared_ids import finding_of


def test_none_is_fine() -> None:
    assert finding_of(0, []).verdict is Verdict.OK


def test_the_first_are_named_and_the_others_counted() -> None:
    few, many = finding_of(2, ["0", "walk-in"]), finding_of(1_007, list("abcde"))

    assert few.verdict is many.verdict is Verdict.NOTE
    assert few.said.startswith("'0', 'walk-in': more orders within a day")
    assert many.said.startswith("'a', 'b', 'c', 'd', 'e' and 1,002 more: ")
    assert "without a user id" in few.said
