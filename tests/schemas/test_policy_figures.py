"""Money, zone, window, scores and segments: what is wrong in them is said with line and field."""

import pytest

from tests.schemas.policies import DURATION, TEXT, TEXT_MUST, changed, line_of, policy, refusal

WRONG = [
    ("policy: 1", "policy: 2", "policy", "must be 1, not 2"),
    ("policy: 1", "policy: '1'", "policy", "must be 1, not '1'"),
    ("currency: EUR", "currency: 978", "currency", f"{TEXT_MUST}, not 978"),
    ("currency: EUR", "currency:", "currency", f"{TEXT_MUST}, and is empty"),
    (
        "currency: EUR",
        "currency: EUX",
        "currency",
        "'EUX' is not a currency code of ISO 4217; write for example EUR",
    ),
    (
        "currency: EUR",
        "currency: XAU",
        "currency",
        "XAU is no money that a shop is paid in; write for example EUR",
    ),
    *(
        (
            "Europe/Berlin",
            zone,
            "time_zone",
            f"{zone!r} is not a time zone; write for example Europe/Berlin",
        )
        for zone in ("Europe/Atlantis", "Europe", "../zone", "/etc/localtime", "UTC+1")
    ),
    ("365 days", "365", "window", DURATION),
    ("365 days", "1 year", "window", DURATION),
    ("365 days", "P1Y", "window", DURATION),
    ("365 days", "1.5 days", "window", DURATION),
    ("365 days", "-1 days", "window", DURATION),
    ("365 days", f"{'9' * 400} days", "window", DURATION),
    ("365 days", "0 days", "window", "a duration must be longer than nothing"),
    ("365 days", "36526 days", "window", "a duration can't be longer than 100 years"),
    ("365 days", "3654 days", "window", "the window can't be longer than 3653 days (ten years)"),
    ("365 days", f"{'9' * 18} weeks", "window", "a duration can't be longer than 100 years"),
    ("score: 5", "score: 6", "scores.recency.steps[0].score", "must be 5 or less, not 6"),
    ("score: 5", "score: 0", "scores.recency.steps[0].score", "must be 1 or more, not 0"),
    (
        "score: 5",
        "score: true",
        "scores.recency.steps[0].score",
        "must be a whole number, not true",
    ),
    ("score: 5", "score: '5'", "scores.recency.steps[0].score", "must be a whole number, not '5'"),
    (
        "{younger_than: 60 days",
        "{younger_than: 30 days",
        "scores.recency.steps[1].younger_than",
        "list the steps from the youngest to the oldest",
    ),
    (
        "{at_least: 6,",
        "{at_least: 10,",
        "scores.frequency.steps[1].at_least",
        "list the steps from the largest to the smallest",
    ),
    (
        "{at_least: 500.00",
        "{at_least: 1000.01",
        "scores.monetary.steps[1].at_least",
        "list the steps from the largest to the smallest",
    ),
    (
        "{at_least: 6,",
        "{at_least: 6.5,",
        "scores.frequency.steps[1].at_least",
        "orders are counted in whole numbers",
    ),
    (
        "{at_least: 500.00",
        "{at_least: 500.005",
        "scores.monetary.steps[1].at_least",
        "500.005 is finer than 0.01, the smallest unit of the currency",
    ),
    ("{at_least: 10,", "{at_least: -1,", "scores.frequency.steps[0].at_least", "must be 0 or more"),
    (
        "{at_least: 10,",
        "{at_least: .inf,",
        "scores.frequency.steps[0].at_least",
        "must be a number",
    ),
    (
        "{at_least: 10,",
        "{at_least: .nan,",
        "scores.frequency.steps[0].at_least",
        "must be a number",
    ),
    (
        "{at_least: 10,",
        "{at_least: true,",
        "scores.frequency.steps[0].at_least",
        "must be a number",
    ),
    (
        "{at_least: 10,",
        "{at_least: 1e99,",
        "scores.frequency.steps[0].at_least",
        "must be 10000000",
    ),
    (
        "{name: new, recency: [5], frequency: [1]}",
        "{name: new, recency: [5], frequency: [1, 2]}",
        "segments.grid.potential_loyalist",
        "R 5, F 2 is in both new and potential_loyalist",
    ),
    (
        "{name: new, recency: [5], frequency: [1]}",
        "{name: new, recency: [5, 5], frequency: [1]}",
        "segments.grid.new",
        "R 5, F 1 is twice in new",
    ),
    (
        "{name: cant_lose, recency: [1, 2], frequency: [5]}",
        "{name: cant_lose, recency: [1], frequency: [5]}",
        "segments.grid",
        "no segment has R 2, F 5: each pair needs one",
    ),
    (
        "recency: [5], frequency: [1]}",
        "recency: 5, frequency: [1]}",
        "segments.grid.new.recency",
        "must be a list, such as [1, 2], not 5",
    ),
    (
        "name: at_risk,",
        "name: At risk,",
        "segments.grid.At risk.name",
        "must be a name in lower_snake_case, not 'At risk'",
    ),
    (
        "without_orders: none",
        "without_orders: no",
        "segments.without_orders",
        f"{TEXT_MUST}, not fal",
    ),
]


@pytest.mark.parametrize(("old", "new", "field", "expected"), WRONG)
def test_a_wrong_figure_is_refused_with_file_line_and_field(
    old: str, new: str, field: str, expected: str
) -> None:
    """In one line, which says what would be right."""
    text = changed(old, new)

    assert refusal(text).startswith(
        f"shop.yaml, line {expected_line(text, field, old)}: {field}: {expected}"
    )
    assert "\n" not in refusal(text)


def expected_line(text: str, field: str, old: str) -> int:
    """The line of the change, or of the one that it clashes with."""
    if field == "segments.grid.potential_loyalist":
        return line_of("{name: potential_loyalist", text)
    if field == "segments.grid":
        return line_of("  grid:", text)
    return line_of(old)


def test_a_threshold_is_as_fine_as_the_currency_of_the_policy() -> None:
    """The yen has no smaller unit, the dinar of Kuwait three digits."""
    assert "0.5 is finer than 1, the smallest" in refusal(
        changed("EUR", "JPY").replace("100.00, score: 2", "0.5, score: 2")
    )
    policy(changed("EUR", "KWD").replace("100.00, score: 2", "0.125, score: 2"))


@pytest.mark.parametrize("scale", ["recency", "frequency", "monetary"])
def test_a_scale_without_steps_is_refused(scale: str) -> None:
    """It would score all customers alike, which nobody means."""
    begin = TEXT.index("steps:", TEXT.index(f"  {scale}:"))
    text = TEXT[:begin] + "steps: []\n" + TEXT[TEXT.index("    otherwise", begin) :]

    assert refusal(text) == (
        f"shop.yaml, line {line_of('steps: []', text)}: scores.{scale}.steps: list at least one"
    )
