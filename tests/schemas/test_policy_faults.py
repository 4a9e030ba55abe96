"""A policy that is wrong is refused, with file, line and field, in words for its author."""

import pytest

from tests.schemas.policies import TEXT, changed, line_of, policy, refusal

TEXT_MUST = "must be text (in quotes, if YAML takes it for something else)"
DURATION = "write a duration as a whole number and a unit, such as '30 days' or '12 hours'"
REASON_FIELDS = (
    "from_segment, segment, orders_total, orders_in_window, revenue_in_window, "
    "days_since_last_order, recency_score, frequency_score, monetary_score, rating"
)
SEGMENTS = (
    "about_to_sleep, at_risk, cant_lose, champions, hibernating, loyal, need_attention, new, none, "
    "potential_loyalist, promising"
)
REVIEW = "rules.service_recovery.cases[0]"

UNKNOWN_NAMES = [
    ("currency: EUR", "curency: EUR", "curency", "policy, currency, time_zone, window, scores, "),
    ("  recency:\n    steps", "  regency:\n    steps", "scores.regency", "recency, frequency, mon"),
    ("    otherwise: 1", "    else: 1", "scores.recency.else", "steps, otherwise"),
    ("{younger_than: 30 days", "{older: 30 days", "scores.recency.steps[0].older", "younger_than,"),
    ("{at_least: 10,", "{least: 10,", "scores.frequency.steps[0].least", "at_least, score"),
    ("  without_orders", "  nobody", "segments.nobody", "without_orders, grid"),
    ("{name: new, recency", "{name: new, r", "segments.grid.new.r", "name, recency, frequency"),
    ("  open_for", "  open", "service_recovery.open", "open_for, review_at_most"),
    ("    promotional", "    promo", "rules.service_recovery.promo", "name, promotional, cooldown"),
    ("when: {review", "on: {review", f"{REVIEW}.on", "when, provided, action, reason"),
    ("        action: {", "        do: {", f"{REVIEW}.do", "when, provided, action, reason"),
    ("action: {kind", "action: {sort", f"{REVIEW}.action.sort", "kind, offer, channel, template, "),
    (
        "provided: {orders_total",
        "provided: {orders",
        "rules.second_purchase.cases[0].provided.orders",
        "recency_score, frequency_score, monetary_score, orders_in_window, revenue_in_window, ord",
    ),
    (
        "{orders_total: {at_most",
        "{orders_total: {maximum",
        "rules.second_purchase.cases[0].provided.orders_total.maximum",
        "at_least, at_most",
    ),
]


@pytest.mark.parametrize(("old", "new", "field", "known"), UNKNOWN_NAMES)
def test_an_unknown_name_is_refused_at_every_level_with_those_that_are_known(
    old: str, new: str, field: str, known: str
) -> None:
    """A misspelt name would otherwise be ignored in silence."""
    said = refusal(changed(old, new))

    place = f"shop.yaml, line {line_of(old)}: {field}: "
    wanted = f"this name is not known here; there are {known}"
    assert any(line.startswith(place + wanted) for line in said.splitlines()), said


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
    ("name: win_back", "name: wake_up", "rules.wake_up.name", "two rules are called wake_up"),
    (
        "promotional: false",
        "promotional: 'false'",
        "rules.service_recovery.promotional",
        "must be true or false, not 'false'",
    ),
    (
        "complaint: filed",
        "complaint: heard",
        "rules.service_recovery.cases[1].when.complaint",
        "must be 'filed', not 'heard'",
    ),
    (
        "when: {review_at_most: 2}",
        "when: {review_at_most: 0.5}",
        f"{REVIEW}.when.review_at_most",
        "must be 1 or more, not 0.5",
    ),
    (
        "when: {review_at_most: 2}",
        "when: {full_moon: true}",
        f"{REVIEW}.when",
        "say when: entering, after_first_order, review_at_most, complaint",
    ),
    (
        "when: {review_at_most: 2}",
        "when: {review_at_most: 2, complaint: filed}",
        f"{REVIEW}.when.complaint",
        "say only one when; another one is a case of its own",
    ),
    (
        "[at_risk]",
        "[at_risk, sleepy]",
        "rules.win_back.cases[0].when.entering[1]",
        f"'sleepy' is no segment of this policy; there are {SEGMENTS}",
    ),
    ("[at_risk]", "[]", "rules.win_back.cases[0].when.entering", "list at least one"),
    (
        "kind: discount_code",
        "kind: voucher",
        "rules.win_back.cases[0].action.kind",
        "must be 'discount_code', 'personal_contact', 'special_offer' or 'content', not 'voucher'",
    ),
    (
        "priority: high,",
        "priority: urgent,",
        "rules.win_back.cases[1].action.priority",
        "must be 'low', 'normal', 'high' or 'highest', not 'urgent'",
    ),
    ("template: win_back}", "template: 7}", "rules.win_back.cases[0].action.template", TEXT_MUST),
    (
        "{monetary_score: {at_most: 2}}",
        "{monetary_score: {}}",
        "rules.nurture.cases[0].provided.monetary_score",
        "say at_least, at_most, or both",
    ),
    (
        "{monetary_score: {at_most: 2}}",
        "{monetary_score: {at_most: 0, at_least: 1}}",
        "rules.nurture.cases[0].provided.monetary_score.at_least",
        "this is more than at_most: no number is both",
    ),
    (
        "{monetary_score: {at_most: 2}}",
        "{revenue_in_window: {at_most: 0.001}}",
        "rules.nurture.cases[0].provided.revenue_in_window.at_most",
        "0.001 is finer than 0.01, the smallest unit of the currency",
    ),
    (
        "{monetary_score: {at_most: 2}}",
        "monetary_score",
        "rules.nurture.cases[0].provided",
        "must have names and values in it, not 'monetary_score'",
    ),
]


@pytest.mark.parametrize(("old", "new", "field", "said"), WRONG)
def test_a_wrong_value_is_refused_with_file_line_and_field(
    old: str, new: str, field: str, said: str
) -> None:
    """In one line, which says what would be right."""
    text = changed(old, new)

    assert refusal(text).startswith(
        f"shop.yaml, line {expected_line(text, field, old)}: {field}: {said}"
    )
    assert "\n" not in refusal(text)


def expected_line(text: str, field: str, old: str) -> int:
    """The line of the change, or of the one that it clashes with."""
    if field == "segments.grid.potential_loyalist":
        return line_of("{name: potential_loyalist", text)
    if field == "segments.grid":
        return line_of("  grid:", text)
    if field == "rules.wake_up.name":
        return text[: text.rindex("name: wake_up")].count("\n") + 1
    return line_of(old)


TEMPLATES = [
    ("{}", f"{{}} is not known here; there are {REASON_FIELDS}"),
    ("{0}", f"{{0}} is not known here; there are {REASON_FIELDS}"),
    ("{name}", f"{{name}} is not known here; there are {REASON_FIELDS}"),
    ("{ segment }", f"{{ segment }} is not known here; there are {REASON_FIELDS}"),
    ("{segment.__class__}", f"{{segment.__class__}} is not known here; there are {REASON_FIELDS}"),
    ("{segment[0]}", f"{{segment[0]}} is not known here; there are {REASON_FIELDS}"),
    ("{segment!r}", "write only the name in the braces: {segment}"),
    ("{segment:>99}", "write only the name in the braces: {segment}"),
    ("{orders_total:{segment}}", "write only the name in the braces: {orders_total}"),
    ("{segment", "a brace stands alone; write {{ and }} for the braces themselves"),
    ("segment}", "a brace stands alone; write {{ and }} for the braces themselves"),
    (" ", "write a sentence that says why"),
]


@pytest.mark.parametrize(("template", "said"), TEMPLATES)
def test_a_reason_may_name_known_fields_and_nothing_else(template: str, said: str) -> None:
    """No position, no attribute, no format: a template is no program."""
    text = changed(
        "reason: >-\n          Gave a product {rating} of 5: answer in person before any "
        "promotion goes out.",
        f"reason: '{template}'",
    )
    assert refusal(text) == f"shop.yaml, line {line_of('reason: ')}: {REVIEW}.reason: {said}"


def test_a_reason_has_a_rating_only_after_a_review() -> None:
    """Elsewhere the sentence would have a hole."""
    said = refusal(changed("Filed a complaint:", "Gave {rating}:"))

    assert said.endswith(
        "rules.service_recovery.cases[1].reason: there is a {rating} only when review_at_most"
    )


def test_braces_themselves_may_be_written_twice() -> None:
    """As in every format string."""
    policy(changed("Filed a complaint:", "Filed {{a}} complaint:"))


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


MISSING = [
    ("currency: EUR\n", 1, "currency"),
    ("    otherwise: 1\n", line_of("  recency:"), "scores.recency.otherwise"),
    ("  without_orders: none\n", line_of("segments:"), "segments.without_orders"),
    ("    cooldown: 30 days\n", line_of("- name: service"), "rules.service_recovery.cooldown"),
]


@pytest.mark.parametrize(("part", "line", "field"), MISSING)
def test_a_missing_field_is_named_with_the_line_of_what_lacks_it(
    part: str, line: int, field: str
) -> None:
    """The first line of the file, for the file itself."""
    assert refusal(changed(part, "")) == f"shop.yaml, line {line}: {field}: is missing"


def test_every_fault_has_a_line_of_its_own() -> None:
    """So that all can be mended at once."""
    text = changed("EUR", "EUX").replace("score: 5", "score: 9", 1).replace("[at_risk]", "[7]")

    assert [line.split(": ")[1] for line in refusal(text).splitlines()] == [
        "currency",
        "scores.recency.steps[0].score",
        "rules.win_back.cases[0].when.entering[0]",
    ]


def test_faults_of_several_rules_are_told_together() -> None:
    """Those that only the whole policy shows, too."""
    text = changed("[at_risk]", "[sleepy]").replace("[champions]", "[winners]")
    text = text.replace("name: nurture", "name: wake_up")

    assert [line.split(": ")[1] for line in refusal(text).splitlines()] == [
        "rules.wake_up.name",
        "rules.win_back.cases[0].when.entering[0]",
        "rules.special_offer.cases[0].when.entering[0]",
    ]
