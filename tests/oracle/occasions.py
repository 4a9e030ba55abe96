"""Whether a case of a rule has an occasion in a settlement: one function for each `when`."""

from collections.abc import Callable
from typing import Final, TypeAlias

from tests.oracle.facts import Facts, told_orders
from tests.oracle.instant import Instant, span_of
from tests.oracle.local_time import is_birthday
from tests.oracle.policy import Case
from tests.oracle.settlement import Settlement


def has_occasion(case: Case, told: Settlement) -> bool:
    """True if this case's `when` is right now."""
    return OCCASIONS[case.kind](case, told)


def possible(told: Settlement) -> frozenset[str]:
    """The kinds that are worth a look, which spares most of the looking."""
    return POSSIBLE[told.by_clock, bool(told.moves)]


def _entering(case: Case, told: Settlement) -> bool:
    return _moved(told, "segment", case.when["entering"])


def _entering_tier(case: Case, told: Settlement) -> bool:
    return _moved(told, "tier", case.when["entering_tier"])


def _entering_care(case: Case, told: Settlement) -> bool:
    return _moved(told, "care", case.when["entering_care"])


def _moved(told: Settlement, dimension: str, to: list[str]) -> bool:
    return any(each.dimension == dimension and each.after in to for each in told.moves)


def _climbing_to(case: Case, told: Settlement) -> bool:
    return any(
        each.dimension == "stage" and each.upwards and each.after in case.when["climbing_to"]
        for each in told.moves
    )


def _staying_on(case: Case, told: Settlement) -> bool:
    if told.staged is None or not told.by_clock:
        return False
    since, stage = told.staged
    return stage in case.when["staying_on"] and told.at == since + case.delay


def _after_first_order(case: Case, told: Settlement) -> bool:
    facts = told.now.facts
    if told.by_clock:
        return _is_due(facts.first_order_at, case, told)
    if not told.hears("Order Completed") or told.event is None:
        return False
    order_id = str(told.event.properties["order_id"])
    known = told_orders(told.known, told.now.policy).get(order_id)
    if known is not None and known.at + case.delay <= told.at:
        return False
    return _is_now_the_first(order_id, facts) and _has_passed(facts.first_order_at, case, told)


def _is_now_the_first(order_id: str, facts: Facts) -> bool:
    """True if it counts, and all others are later."""
    earliest = facts.orders[:2]
    if facts.first_order_at is None:
        return False
    if not earliest or earliest[0].order_id != order_id:
        return False
    return len(earliest) == 1 or earliest[0].at < earliest[1].at


def _after_order(case: Case, told: Settlement) -> bool:
    last, before = told.now.facts.last_order_at, told.before.facts.last_order_at
    if told.by_clock:
        return _is_due(last, case, told)
    if not told.hears("Order Completed") or last is None:
        return False
    return _has_passed(last, case, told) and (before is None or last > before)


def _after_usual_gaps(case: Case, told: Settlement) -> bool:
    last, gap = told.now.facts.last_order_at, told.now.usual_gap
    if not told.by_clock or last is None or gap is None:
        return False
    return told.at == last + gaps(case, gap)


def gaps(case: Case, gap: int) -> int:
    """So many usual gaps, rounded down, but no less than the case says."""
    least = case.when.get("no_sooner_than")
    many = gap * case.multiple.numerator // case.multiple.denominator
    return many if least is None else max(many, span_of(least))


def _after_research(case: Case, told: Settlement) -> bool:
    return told.by_clock and _is_due(told.now.facts.research, case, told)


def _silent_for(case: Case, told: Settlement) -> bool:
    facts = told.now.facts
    since = facts.first_at if facts.acted_at is None else facts.acted_at
    return told.by_clock and _is_due(since, case, told)


def _is_due(since: Instant | None, case: Case, told: Settlement) -> bool:
    return since is not None and since + case.delay == told.at


def _has_passed(since: Instant | None, case: Case, told: Settlement) -> bool:
    return since is not None and since + case.delay <= told.at


def _review_at_most(case: Case, told: Settlement) -> bool:
    rating = _said(told, "Product Reviewed", "rating")
    return rating is not None and rating <= case.when["review_at_most"]


def _review_at_least(case: Case, told: Settlement) -> bool:
    rating = _said(told, "Product Reviewed", "rating")
    return rating is not None and rating >= case.when["review_at_least"]


def _mention_at_least(case: Case, told: Settlement) -> bool:
    mood = _said(told, "Social Mentioned", "sentiment")
    return mood is not None and mood >= case.when["mention_at_least"]


def _said(told: Settlement, event: str, name: str) -> float | None:
    if told.event is None or told.event.event != event:
        return None
    value = told.event.properties.get(name)
    return None if value is None else float(value)


def _complaint(_: Case, told: Settlement) -> bool:
    return told.hears("Complaint Filed")


def _order_over(case: Case, told: Settlement) -> bool:
    channels, nth = case.when["order_over"], case.when["nth"]
    before = told.before.facts.ordered_over(channels)
    return told.hears("Order Completed") and before < nth <= told.now.facts.ordered_over(channels)


def _recency_falls_to(case: Case, told: Settlement) -> bool:
    score = case.when["recency_falls_to"]
    return told.by_clock and told.now.recency_score == score < told.before.recency_score


def _birthday(_: Case, told: Settlement) -> bool:
    return told.by_clock and is_birthday(told.now.facts, told.now.policy, told.at)


def _unanswered(case: Case, told: Settlement) -> bool:
    before, now = told.before.unanswered, told.now.unanswered
    return told.hears("Retention Action Delivered") and before < case.when["unanswered"] <= now


Judgement: TypeAlias = Callable[[Case, Settlement], bool]

BY_MOVE: Final[dict[str, Judgement]] = {
    "entering": _entering,
    "entering_tier": _entering_tier,
    "entering_care": _entering_care,
    "climbing_to": _climbing_to,
}
BY_CLOCK: Final[dict[str, Judgement]] = {
    "staying_on": _staying_on,
    "after_usual_gaps": _after_usual_gaps,
    "after_research": _after_research,
    "recency_falls_to": _recency_falls_to,
    "birthday": _birthday,
    "silent_for": _silent_for,
}
BY_EVENT: Final[dict[str, Judgement]] = {
    "review_at_most": _review_at_most,
    "review_at_least": _review_at_least,
    "mention_at_least": _mention_at_least,
    "complaint": _complaint,
    "order_over": _order_over,
    "unanswered": _unanswered,
}
BY_BOTH: Final[dict[str, Judgement]] = {
    "after_first_order": _after_first_order,
    "after_order": _after_order,
}
OCCASIONS: Final = {**BY_MOVE, **BY_CLOCK, **BY_EVENT, **BY_BOTH}

POSSIBLE: Final = {
    (by_clock, moved): frozenset(BY_BOTH)
    | frozenset(BY_CLOCK if by_clock else BY_EVENT)
    | frozenset(BY_MOVE if moved else ())
    for by_clock in (False, True)
    for moved in (False, True)
}
