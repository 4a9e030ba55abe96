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
    """An occasion that was let through, with its priority, as the nth of its rule."""

    occasion: Occasion
    at: Instant
    priority: str
    attempt: int
    sent: bool


@dataclass
class Memory:
    """What goes from settlement to settlement."""

    last_fired: dict[str, Instant] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    promotional: list[Instant] = field(default_factory=list)
    waiting: dict[str, Occasion] = field(default_factory=dict)

    def rests(self, rule: Rule, at: Instant) -> bool:
        """True if the rule fired a short while ago."""
        return rule.name in self.last_fired and at - self.last_fired[rule.name] < rule.cooldown

    def is_capped(self, policy: Policy, at: Instant) -> bool:
        """True if there was enough promotion lately."""
        return any(
            sum(at - each < within for each in self.promotional) >= at_most
            for at_most, within in policy.caps
        )


def decide(memory: Memory, told: Settlement) -> list[Fired]:
    """Judge a settlement: the memory is changed, and what fires is returned."""
    new = list(_new(memory, told))
    fired = [_fire(memory, each, told) for each in new if not each.rule.promotional]
    promotion = {each.rule.name: each for each in new if each.rule.promotional}
    if not told.silence.waits:
        fired += [_fire(memory, each, told) for each in promotion.values()]
        memory.waiting = {k: v for k, v in memory.waiting.items() if k not in promotion}
        promotion = {}
    if _is_held(memory, told):
        memory.waiting.update(promotion)
        return fired
    again = {name: each for name, each in memory.waiting.items() if _still(memory, each, told)}
    memory.waiting.clear()
    for each in sorted({**again, **promotion}.values(), key=_precedence(told)):
        if memory.is_capped(told.now.policy, told.at):
            memory.waiting[each.rule.name] = each
        else:
            fired.append(_fire(memory, each, told))
    return fired


def _new(memory: Memory, told: Settlement) -> Iterator[Occasion]:
    """What each rule that does not rest makes of this settlement: the first case that can."""
    for rule, cases in told.now.policy.looked_at(possible(told)):
        if memory.rests(rule, told.at):
            continue
        for case in cases:
            if has_occasion(case, told) and _provided(memory, rule, case, told):
                yield Occasion(rule, case, told.at)
                break


def _provided(memory: Memory, rule: Rule, case: Case, told: Settlement) -> bool:
    conditions: Json = case.provided
    if "fired_within" in conditions:
        last = memory.last_fired.get(rule.name)
        if last is None or told.at - last >= case.fired_within:
            return False
        conditions = {name: said for name, said in conditions.items() if name != "fired_within"}
    return told.now.holds(conditions)


def _is_held(memory: Memory, told: Settlement) -> bool:
    """True if no promotion at all goes out now."""
    policy = told.now.policy
    return (
        told.now.facts.suppressed
        or told.now.care == "complaint_open"
        or not told.now.facts.agreed
        or told.now.unanswered >= policy.rest_after
        or memory.is_capped(policy, told.at)
    )


def _still(memory: Memory, waiting: Occasion, told: Settlement) -> bool:
    """True if what waits would be right now, too."""
    when = waiting.case.when
    now = told.now
    there = (
        now.segment in when.get("entering", [now.segment])
        and now.tier in when.get("entering_tier", [now.tier])
        and now.care in when.get("entering_care", [now.care])
        and now.stage in when.get("climbing_to", [now.stage])
        and now.stage in when.get("staying_on", [now.stage])
    )
    return (
        there
        and not memory.rests(waiting.rule, told.at)
        and _provided(memory, waiting.rule, waiting.case, told)
    )


def _precedence(told: Settlement) -> Callable[[Occasion], tuple[int, int]]:
    return lambda each: (-_priority(each, told), each.rule.place)


def _priority(occasion: Occasion, told: Settlement) -> int:
    """The priority's place among all; a good fit raises it by one."""
    plain = PRIORITIES.index(occasion.case.action.get("priority", "normal"))
    ideal = told.now.policy.said["ideal_customer"]
    fits = bool(told.now.fit >= ideal["raises_priority_from"])
    return min(plain + fits, len(PRIORITIES) - 1)


def _fire(memory: Memory, occasion: Occasion, told: Settlement) -> Fired:
    name, promotional, counted = occasion.rule.name, occasion.rule.promotional, told.at
    if told.silence.since is not None:
        counted = min(told.at, _true_since(occasion.case, told, told.silence.since))
    memory.last_fired[name] = max(counted, memory.last_fired.get(name, counted))
    memory.attempts[name] = memory.attempts.get(name, 0) + 1
    if promotional:
        memory.promotional = sorted([*memory.promotional, counted])
    sent = told.silence.promotes if promotional else told.silence.sends
    priority = PRIORITIES[_priority(occasion, told)]
    return Fired(occasion, told.at, priority, memory.attempts[name], sent)


def _true_since(case: Case, told: Settlement, event_at: Instant) -> Instant:
    """When what an old event sets off was true: of a segment nobody knows, so it is now."""
    facts = told.now.facts
    base = {
        "entering": told.at,
        "after_first_order": facts.first_order_at,
        "after_order": facts.last_order_at,
    }.get(case.kind, event_at)
    assert base is not None
    return base + case.delay if case.kind.startswith("after_") else base
