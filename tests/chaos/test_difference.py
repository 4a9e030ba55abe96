"""Differences are listed so that somebody can go on from them."""

from tests.chaos.difference import MOST_LINES, differences, doubled


def test_equal_bags_give_nothing() -> None:
    assert differences("triggers", [("a", 1), ("b", 2)], [("b", 2), ("a", 1)]) == []


def test_what_is_missing_and_what_is_there_too_often_is_reported() -> None:
    assert differences("triggers", [("a", 1), ("a", 1)], [("a", 1), ("b", 2)]) == [
        "triggers: missing: b 2 (x1)",
        "triggers: too many: a 1 (x1)",
    ]


def test_what_is_doubled_is_reported() -> None:
    assert doubled("trigger ids", ["x", "y", "x", "x"]) == ["trigger ids: doubled: x (x2)"]


def test_a_long_list_is_cut() -> None:
    lines = differences("rows", [], range(MOST_LINES + 5))
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "rows: missing: and 5 more"
