"""Whether a case of a rule has an occasion in a settlement: one function for each `when`."""

from collections.abc import Callable
from typing import Final, TypeAlias

from tests.oracle.history import History, orders_in
from tests.oracle.instant import Instant, span_of
from tests.oracle.local_time import is_birthday
from tests.oracle.policy import Case
from tests.oracle.settlement import Settlement


def has_occasion(case: Case, settlement: Settlement) -> bool:
    """True if this case's `when` is right now."""
    return OCCASIONS[case.kind](case, settlement)


def possible(settlement: Settlement) -> frozenset[str]:
    """The kinds that may have an occasion now: most cases need no further check."""
    return POSSIBLE[settlement.by_clock, bool(settlement.changes)]


def _entering(case: Case, settlement: Settlement) -> bool:
    return _changed_to(settlement, "segment", case.when["entering"])


def _entering_tier(case: Case, settlement: Settlement) -> bool:
    return _changed_to(settlement, "tier", case.when["entering_tier"])


def _entering_care(case: Case, settlement: Settlement) -> bool:
    return _changed_to(settlement, "care", case.when["entering_care"])


def _changed_to(settlement: Settlement, dimension: str, to: list[str]) -> bool:
    return any(each.dimension == dimension and each.after in to for each in settlement.changes)


def _climbing_to(case: Case, settlement: Settlement) -> bool:
    return any(
        each.dimension == "stage" and each.upwards and each.after in case.when["climbing_to"]
        for each in settlement.changes
    )


def _staying_on(case: Case, settlement: Settlement) -> bool:
    if settlement.staged is None or not settlement.by_clock:
        return False
    since, stage = settlement.staged
    return stage in case.when["staying_on"] and settlement.at == since + case.delay


def _after_first_order(case: Case, settlement: Settlement) -> bool:
    history = settlement.now.history
    if settlement.by_clock:
        return _is_due(history.first_order_at, case, settlement)
    if not settlement.has_event("Order Completed") or settlement.event is None:
        return False
    order_id = str(settlement.event.properties["order_id"])
    known = orders_in(settlement.known, settlement.now.policy).get(order_id)
    if known is not None and known.at + case.delay <= settlement.at:
        return False
    return _is_now_the_first(order_id, history) and _has_passed(
        history.first_order_at, case, settlement
    )


def _is_now_the_first(order_id: str, history: History) -> bool:
    """True if it counts, and all others are later."""
    earliest = history.orders[:2]
    if history.first_order_at is None:
        return False
    if not earliest or earliest[0].order_id != order_id:
        return False
    return len(earliest) == 1 or earliest[0].at < earliest[1].at


def _after_order(case: Case, settlement: Settlement) -> bool:
    last, before = settlement.now.history.last_order_at, settlement.before.history.last_order_at
    if settlement.by_clock:
        return _is_due(last, case, settlement)
    if not settlement.has_event("Order Completed") or last is None:
        return False
    return _has_passed(last, case, settlement) and (before is None or last > before)


def _after_usual_gaps(case: Case, settlement: Settlement) -> bool:
    last, gap = settlement.now.history.last_order_at, settlement.now.usual_gap
    if not settlement.by_clock or last is None or gap is None:
        return False
    return settlement.at == last + gaps(case, gap)


def gaps(case: Case, gap: int) -> int:
    """So many usual gaps, rounded down, but no less than the case says."""
    least = case.when.get("no_sooner_than")
    many = gap * case.multiple.numerator // case.multiple.denominator
    return many if least is None else max(many, span_of(least))


def _after_research(case: Case, settlement: Settlement) -> bool:
    return settlement.by_clock and _is_due(settlement.now.history.research, case, settlement)


def _silent_for(case: Case, settlement: Settlement) -> bool:
    history = settlement.now.history
    since = history.first_at if history.acted_at is None else history.acted_at
    return settlement.by_clock and _is_due(since, case, settlement)


def _is_due(since: Instant | None, case: Case, settlement: Settlement) -> bool:
    return since is not None and since + case.delay == settlement.at


def _has_passed(since: Instant | None, case: Case, settlement: Settlement) -> bool:
    return since is not None and since + case.delay <= settlement.at


def _review_at_most(case: Case, settlement: Settlement) -> bool:
    rating = _number_in(settlement, "Product Reviewed", "rating")
    return rating is not None and rating <= case.when["review_at_most"]


def _review_at_least(case: Case, settlement: Settlement) -> bool:
    rating = _number_in(settlement, "Product Reviewed", "rating")
    return rating is not None and rating >= case.when["review_at_least"]


def _mention_at_least(case: Case, settlement: Settlement) -> bool:
    mood = _number_in(settlement, "Social Mentioned", "sentiment")
    return mood is not None and mood >= case.when["mention_at_least"]


def _number_in(settlement: Settlement, event: str, name: str) -> float | None:
    if settlement.event is None or settlement.event.event != event:
        return None
    value = settlement.event.properties.get(name)
    return None if value is None else float(value)


def _complaint(_: Case, settlement: Settlement) -> bool:
    return settlement.has_event("Complaint Filed")


def _order_over(case: Case, settlement: Settlement) -> bool:
    channels, nth = case.when["order_over"], case.when["nth"]
    before = settlement.before.history.ordered_over(channels)
    return settlement.has_event(
        "Order Completed"
    ) and before < nth <= settlement.now.history.ordered_over(channels)


def _recency_falls_to(case: Case, settlement: Settlement) -> bool:
    score = case.when["recency_falls_to"]
    return (
        settlement.by_clock
        and settlement.now.recency_score == score < settlement.before.recency_score
    )


def _birthday(_: Case, settlement: Settlement) -> bool:
    return settlement.by_clock and is_birthday(
        settlement.now.history, settlement.now.policy, settlement.at
    )


def _unanswered(case: Case, settlement: Settlement) -> bool:
    before, now = settlement.before.unanswered, settlement.now.unanswered
    return (
        settlement.has_event("Retention Action Delivered")
        and before < case.when["unanswered"] <= now
    )


Check: TypeAlias = Callable[[Case, Settlement], bool]

BY_CHANGE: Final[dict[str, Check]] = {
    "entering": _entering,
    "entering_tier": _entering_tier,
    "entering_care": _entering_care,
    "climbing_to": _climbing_to,
}
BY_CLOCK: Final[dict[str, Check]] = {
    "staying_on": _staying_on,
    "after_usual_gaps": _after_usual_gaps,
    "after_research": _after_research,
    "recency_falls_to": _recency_falls_to,
    "birthday": _birthday,
    "silent_for": _silent_for,
}
BY_EVENT: Final[dict[str, Check]] = {
    "review_at_most": _review_at_most,
    "review_at_least": _review_at_least,
    "mention_at_least": _mention_at_least,
    "complaint": _complaint,
    "order_over": _order_over,
    "unanswered": _unanswered,
}
BY_BOTH: Final[dict[str, Check]] = {
    "after_first_order": _after_first_order,
    "after_order": _after_order,
}
OCCASIONS: Final = {**BY_CHANGE, **BY_CLOCK, **BY_EVENT, **BY_BOTH}

POSSIBLE: Final = {
    (by_clock, changed): frozenset(BY_BOTH)
    | frozenset(BY_CLOCK if by_clock else BY_EVENT)
    | frozenset(BY_CHANGE if changed else ())
    for by_clock in (False, True)
    for changed in (False, True)
}
