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
    if not would_be_right(memory, unsent.occasion, settlement):
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


def is_expired(unsent: Fired, settlement: Settlement, now: Instant) -> bool:
    """True if it makes no sense any more."""
    name, rules = unsent.occasion.rule.name, settlement.now.policy.document["rules"]
    lasts = next(span_of(str(each["expires_after"])) for each in rules if each["name"] == name)
    return unsent.at + lasts <= now
