"""A name that the policy does not know is refused, with those that it knows."""

import pytest

from tests.schemas.policies import changed, line_of, refusal

RECOVERY = "rules.service_recovery.cases[0]"
WIN_BACK = "rules.win_back.cases[0]"
STAYING = "rules.follower_retargeting.cases[1].when"

UNKNOWN_NAMES = [
    ("currency: EUR", "curency: EUR", "curency", "policy, currency, time_zone, window, scores, "),
    ("  recency:\n    steps", "  regency:\n    steps", "scores.regency", "recency, frequency, mon"),
    ("    otherwise: 1", "    else: 1", "scores.recency.else", "steps, otherwise"),
    ("{younger_than: 30 days", "{older: 30 days", "scores.recency.steps[0].older", "younger_than,"),
    ("{at_least: 10,", "{least: 10,", "scores.frequency.steps[0].least", "at_least, score"),
    ("  without_orders", "  nobody", "segments.nobody", "without_orders, grid"),
    ("{name: new, recency", "{name: new, r", "segments.grid.new.r", "name, recency, frequency"),
    ("  open_for", "  open", "service_recovery.open", "review_at_most, open_for, recovering_for, "),
    ("  - {name: lead, any", "  - {name: lead, all", "stages.lead.all", "name, any"),
    ("  - {name: B, any", "  - {title: B, any", "tiers[1].title", "name, any"),
    (
        "[{newsletter: true}, ",
        "[{newsleter: true}, ",
        "stages.lead.any[0].newsleter",
        "recency_score, frequency_score, monetary_score, orders_in_window, revenue_in_window, ord",
    ),
    ("  raises_priority_from", "  from", "ideal_customer.from", "raises_priority_from, traits"),
    ("{weight: 2", "{wight: 2", "ideal_customer.traits[0].wight", "weight, provided"),
    ("{at_most: 1, within", "{at_most: 1, per", "frequency_caps[0].per", "at_most, within"),
    ("{from: ", "{start: ", "quiet_hours.start", "from, to"),
    ("    promotional", "    promo", "rules.service_recovery.promo", "name, promotional, cooldown"),
    ("when: {entering: [at", "on: {entering: [at", f"{WIN_BACK}.on", "when, provided, action, r"),
    (
        "{staying_on: [follower], for",
        "{staying_on: [follower], fro",
        f"{STAYING}.fro",
        "staying_on, for",
    ),
    ("        action: {", "        do: {", f"{RECOVERY}.do", "when, provided, action, reason"),
    (
        "action: {kind",
        "action: {sort",
        f"{RECOVERY}.action.sort",
        "kind, offer, channel, template, ",
    ),
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
    found = refusal(changed(old, new))

    place = f"shop.yaml, line {line_of(old)}: {field}: "
    wanted = f"this name is not known here; there are {known}"
    assert any(line.startswith(place + wanted) for line in found.splitlines()), found
