"""The release of what was not sent: whether it may go out now, and what it then counts for."""

from dataclasses import replace

from tests.oracle.decide import Fired, Memory, no_promotion_because, would_be_right
from tests.oracle.instant import Instant, span_of
from tests.oracle.settlement import Settlement


def release(memory: Memory, unsent: Fired, settlement: Settlement, now: Instant) -> str:
    """Send what was not sent, and change the memory; or say why it may not be sent.

    What it counted for when it was not sent does not stand in its own way.
    """
    rule, at = unsent.occasion.rule, settlement.at
    if is_expired(unsent, settlement, now):
        return "expired"
    right = would_be_right(memory, unsent.occasion, settlement)
    if not right or _silence_is_over(unsent, settlement):
        return "changed"
    if memory.last_fired[rule.name] > unsent.counted and memory.is_cooling_down(rule, at):
        return "cooldown"
    if rule.promotional:
        others = list(memory.promotional)
        if unsent.counted in others:
            others.remove(unsent.counted)
        refusal = no_promotion_because(replace(memory, promotional=others), settlement)
        if refusal:
            return refusal
        memory.promotional = sorted([*others, at])
        memory.held.pop(rule.name, None)
    memory.last_fired[rule.name] = max(at, memory.last_fired[rule.name])
    return ""


def _silence_is_over(unsent: Fired, settlement: Settlement) -> bool:
    """True if it was about a customer who did nothing, and who has done something since."""
    history, when = settlement.now.history, unsent.occasion.case.when
    if {"silent_for", "unanswered"} & when.keys():
        last = history.acted_at
    elif {"recency_falls_to", "after_order", "after_research", "after_usual_gaps"} & when.keys():
        last = history.last_order_at
    else:
        return False
    return last is not None and last > unsent.at


def is_expired(unsent: Fired, settlement: Settlement, now: Instant) -> bool:
    """True if it makes no sense any more."""
    name, rules = unsent.occasion.rule.name, settlement.now.policy.document["rules"]
    lasts = next(span_of(str(each["expires_after"])) for each in rules if each["name"] == name)
    return unsent.at + lasts <= now
