"""Numbers and words agree."""

from decimal import Decimal

from schemas.counted import agreeing, counted


def test_a_number_and_its_noun_agree() -> None:
    assert [counted(number, "order") for number in (0, 1, 1_200)] == [
        "0 orders",
        "1 order",
        "1,200 orders",
    ]
    assert counted(1, "entry", "entries") == "1 entry"


def test_so_do_pronouns_and_verbs() -> None:
    assert [agreeing(number, "it is", "they are") for number in (0, 1, 2)] == [
        "they are",
        "it is",
        "they are",
    ]
    assert [agreeing(Decimal(number), "gap") for number in ("1", "1.0", "1.5")] == [
        "gap",
        "gap",
        "gaps",
    ]
