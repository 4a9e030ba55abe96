"""Which occasions fire, which wait and which are lost: the only part that remembers anything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.oracle.instant import Instant
from tests.oracle.occasions import has_occasion, possible
from tests.oracle.policy import PRIORITIES, Case, Json, Policy, Rule
from tests.oracle.settlement import Settlement


@dataclass(frozen=True)
class Occasion:
    """A case of a rule that had its occasion at an instant."""

    rule: Rule
    case: Case
    at: Instant


@dataclass(frozen=True)
class Fired:
    """An occasion that was let through, as the nth of its rule. It counts from `counted` on.

    `unsent_because` is why it is not sent, if it is not.
    """

    occasion: Occasion
    at: Instant
    priority: str
    attempt: int
    sent: bool
    unsent_because: str
    counted: Instant


@dataclass
class Memory:
    """What goes from settlement to settlement."""

    last_fired: dict[str, Instant] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    promotional: list[Instant] = field(default_factory=list)
    held: dict[str, Occasion] = field(default_factory=dict)

    def is_cooling_down(self, rule: Rule, at: Instant) -> bool:
        """True if the rule fired a short while ago."""
        return rule.name in self.last_fired and at - self.last_fired[rule.name] < rule.cooldown

    def is_capped(self, policy: Policy, at: Instant) -> bool:
        """True if there was enough promotion lately."""
        return any(
            sum(at - each < within for each in self.promotional) >= at_most
            for at_most, within in policy.caps
        )


def decide(memory: Memory, settlement: Settlement) -> list[Fired]:
    """Decide a settlement: change the memory and return what fires."""
    new = list(_new(memory, settlement))
    fired = [_fire(memory, each, settlement) for each in new if not each.rule.promotional]
    promotion = {each.rule.name: each for each in new if each.rule.promotional}
    if not settlement.silence.waits:
        fired += [_fire(memory, each, settlement) for each in promotion.values()]
        memory.held = {k: v for k, v in memory.held.items() if k not in promotion}
        promotion = {}
    if _is_held(memory, settlement):
        memory.held.update(promotion)
        return fired
    again = {name: each for name, each in memory.held.items() if _still(memory, each, settlement)}
    memory.held.clear()
    for each in sorted({**again, **promotion}.values(), key=_precedence(settlement)):
        if memory.is_capped(settlement.now.policy, settlement.at):
            memory.held[each.rule.name] = each
        else:
            fired.append(_fire(memory, each, settlement))
    return fired


def _new(memory: Memory, settlement: Settlement) -> Iterator[Occasion]:
    """What each rule that does not rest makes of this settlement: the first case that can."""
    for rule, cases in settlement.now.policy.rules_for(possible(settlement)):
        if memory.is_cooling_down(rule, settlement.at):
            continue
        for case in cases:
            if has_occasion(case, settlement) and _provided(memory, rule, case, settlement):
                yield Occasion(rule, case, settlement.at)
                break


def _provided(memory: Memory, rule: Rule, case: Case, settlement: Settlement) -> bool:
    conditions: Json = case.provided
    if "fired_within" in conditions:
        last = memory.last_fired.get(rule.name)
        if last is None or settlement.at - last >= case.fired_within:
            return False
        conditions = {name: bound for name, bound in conditions.items() if name != "fired_within"}
    return settlement.now.holds(conditions)


def _is_held(memory: Memory, settlement: Settlement) -> bool:
    """True if no promotion at all goes out now."""
    return no_promotion_because(memory, settlement) != ""


def no_promotion_because(memory: Memory, settlement: Settlement) -> str:
    """Why no promotion at all goes out now; empty if it may."""
    policy, now = settlement.now.policy, settlement.now
    reasons = {
        "suppressed": now.history.suppressed,
        "care": now.care == "complaint_open",
        "consent": not now.history.agreed,
        "rest": now.unanswered >= policy.rest_after,
        "cap": memory.is_capped(policy, settlement.at),
    }
    return next((reason for reason, is_so in reasons.items() if is_so), "")


def _still(memory: Memory, held: Occasion, settlement: Settlement) -> bool:
    """True if what waits would be right now, and its rule does not rest."""
    is_resting = memory.is_cooling_down(held.rule, settlement.at)
    return not is_resting and would_be_right(memory, held, settlement)


def would_be_right(memory: Memory, held: Occasion, settlement: Settlement) -> bool:
    """True if the customer is still where the occasion was, and what it needs holds."""
    when = held.case.when
    now = settlement.now
    there = (
        now.segment in when.get("entering", [now.segment])
        and now.tier in when.get("entering_tier", [now.tier])
        and now.care in when.get("entering_care", [now.care])
        and now.stage in when.get("climbing_to", [now.stage])
        and now.stage in when.get("staying_on", [now.stage])
    )
    return there and _provided(memory, held.rule, held.case, settlement)


def _precedence(settlement: Settlement) -> Callable[[Occasion], tuple[int, int]]:
    return lambda each: (-_priority(each, settlement), each.rule.place)


def _priority(occasion: Occasion, settlement: Settlement) -> int:
    """The priority's place among all; a good fit raises it by one."""
    plain = PRIORITIES.index(occasion.case.action.get("priority", "normal"))
    ideal = settlement.now.policy.document["ideal_customer"]
    fits = bool(settlement.now.fit >= ideal["raises_priority_from"])
    return min(plain + fits, len(PRIORITIES) - 1)


def _fire(memory: Memory, occasion: Occasion, settlement: Settlement) -> Fired:
    name, promotional, counted = occasion.rule.name, occasion.rule.promotional, settlement.at
    if settlement.silence.since is not None:
        counted = min(
            settlement.at, _true_since(occasion.case, settlement, settlement.silence.since)
        )
    memory.last_fired[name] = max(counted, memory.last_fired.get(name, counted))
    memory.attempts[name] = memory.attempts.get(name, 0) + 1
    if promotional:
        memory.promotional = sorted([*memory.promotional, counted])
    sent = settlement.silence.promotes if promotional else settlement.silence.sends
    priority = PRIORITIES[_priority(occasion, settlement)]
    because = "" if sent else settlement.silence.reason
    attempt = memory.attempts[name]
    return Fired(occasion, settlement.at, priority, attempt, sent, because, counted)


def _true_since(case: Case, settlement: Settlement, event_at: Instant) -> Instant:
    """When what an old event sets off was true: of a segment nobody knows, so it is now."""
    history = settlement.now.history
    base = {
        "entering": settlement.at,
        "after_first_order": history.first_order_at,
        "after_order": history.last_order_at,
    }.get(case.kind, event_at)
    assert base is not None
    return base + case.delay if case.kind.startswith("after_") else base
