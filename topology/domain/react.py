"""React: transitions, events and delays into triggers, by the policy's rules."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec.structs import replace

from schemas.messages import names
from schemas.transition import Transition
from schemas.trigger import Trigger
from topology.domain.care import open_cases
from topology.domain.emitted import NewTrigger, NewTriggerEvent
from topology.domain.event import Event
from topology.domain.instant import Instant, to_datetime
from topology.domain.orders import first_order
from topology.domain.reason import write_reason
from topology.domain.rulebook import BookCase, Rulebook
from topology.domain.situation import Occasion, Situation
from topology.domain.state import Fired, Held, Memory, State

KEPT_HELD: Final = 10
"""How many held promotions are shown; all are counted."""

HELD_BECAUSE: Final = "a complaint or bad review is open: personal contact comes first"


def occasions_of(
    before: State,
    after: State,
    transition: Transition | None,
    event: Event | None,
    book: Rulebook,
    judged: Instant | None = None,
) -> list[Occasion]:
    """What may set a rule off, now that a row has come to another state.

    Args:
        before: the row before the change.
        after: the row after it.
        transition: the change of segment, if there was one.
        event: what happened; None if it was the clock.
        book: the compiled policy.
        judged: delays that had ended by then have been looked at; None is just before this instant.
    """
    occasions: list[Occasion] = []
    if transition is not None:
        basis = f"transition:{transition.sequence}"
        entered = book.on_entering.get(transition.to_value, ())
        occasions.extend(Occasion(case, basis, transition, None) for case in entered)
    if event is None:
        occasions.extend(_delays_due(after, book, after.as_of - 1 if judged is None else judged))
    elif (about := OCCASIONS.get(event.name)) is not None:
        occasions.extend(about(event, before, after, book))
    return occasions


def react(
    occasions: list[Occasion], situation: Situation, book: Rulebook
) -> tuple[Memory, tuple[Trigger, ...]]:
    """Fire the rules whose conditions hold, that do not rest, and that nothing holds back.

    Returns:
        What the rules remember from now on, and the triggers, in the policy's order.
    """
    memory = situation.state.memory
    occasions.sort(key=lambda each: each.case.place)
    triggers: list[Trigger] = []
    held_back = bool(open_cases(situation.state.facts, situation.at, book))
    done: set[str] = set()
    for occasion in occasions:
        rule = occasion.case.rule
        if rule.name in done or not occasion.case.holds(situation.state.sheet):
            continue
        done.add(rule.name)
        last = memory.last_fired(rule.name)
        if last is not None and situation.at < last.at + rule.cooldown:
            continue
        if held_back and rule.promotional:
            memory = _hold(memory, rule.name, situation.at)
            continue
        times = 1 if last is None else last.times + 1
        memory = _fire(memory, Fired(rule.name, situation.at, times))
        triggers.append(_trigger(occasion, situation, times, book))
    return memory, tuple(triggers)


def _delays_due(state: State, book: Rulebook, judged: Instant) -> Iterator[Occasion]:
    """Delays that have ended since `judged`."""
    if state.sheet.orders_total > book.delays_up_to:
        return
    for delay, case in book.after_first_order:
        first = first_order(state.facts)
        if first is not None and judged < first.at + delay <= state.as_of:
            yield _after_order(first.id, first.at, case)


def _late_order(event: Event, before: State, after: State, book: Rulebook) -> Iterable[Occasion]:
    """Delays that had ended before the first order was heard of.

    Who tells again of an order that was known sets nothing off a second time.
    """
    if event.at + book.shortest_delay > after.as_of:
        return ()
    first = first_order(after.facts)
    if first is None or (first.at, first.id) != (event.at, event.properties.order_id):
        return ()
    known = next((each for each in before.facts.orders if each.id == first.id), None)
    return (
        _after_order(first.id, first.at, case)
        for delay, case in book.after_first_order
        if event.at + delay <= after.as_of and (known is None or known.at + delay > after.as_of)
    )


def _after_order(order_id: str, at: Instant, case: BookCase) -> Occasion:
    about = NewTriggerEvent(event=names.ORDER_COMPLETED, at=to_datetime(at), order_id=order_id)
    return Occasion(case, f"order:{order_id}", None, about)


def _review(event: Event, _before: State, _after: State, book: Rulebook) -> Iterator[Occasion]:
    rating: float = event.properties.rating
    for worst, case in book.on_review:
        if rating <= worst:
            yield _about(event, case, rating)


def _complaint(event: Event, _before: State, _after: State, book: Rulebook) -> Iterator[Occasion]:
    for case in book.on_complaint:
        yield _about(event, case, None)


def _about(event: Event, case: BookCase, rating: float | None) -> Occasion:
    about = NewTriggerEvent(event=event.name, at=to_datetime(event.at), message_id=event.message_id)
    return Occasion(case, f"event:{event.message_id}", None, about, rating)


OCCASIONS: Final[Mapping[str, Callable[[Event, State, State, Rulebook], Iterable[Occasion]]]] = (
    MappingProxyType(
        {
            names.ORDER_COMPLETED: _late_order,
            names.PRODUCT_REVIEWED: _review,
            names.COMPLAINT_FILED: _complaint,
        }
    )
)
"""What an event may set off by itself, beside the transition that it may bring."""


def _hold(memory: Memory, rule: str, at: Instant) -> Memory:
    held = (*memory.held, Held(rule, at, HELD_BECAUSE))[-KEPT_HELD:]
    return replace(memory, held_count=memory.held_count + 1, held=held)


def _fire(memory: Memory, fired: Fired) -> Memory:
    others = tuple(each for each in memory.fired if each.rule != fired.rule)
    return replace(memory, fired=(*others, fired))


def _trigger(occasion: Occasion, situation: Situation, times: int, book: Rulebook) -> Trigger:
    rule, state = occasion.case.rule, situation.state
    return NewTrigger(
        trigger_id=trigger_id(state.customer_id, rule.name, occasion.basis),
        customer_id=state.customer_id,
        rule=rule.name,
        transition=occasion.transition,
        event=occasion.event,
        action=occasion.case.action,
        reason=write_reason(occasion, situation, book),
        effective_at=to_datetime(situation.at),
        created_at=to_datetime(situation.now),
        expires_at=to_datetime(situation.at + rule.expires_after),
        policy_version=book.version,
        attempt=times,
    )


def trigger_id(customer_id: str, rule: str, basis: str) -> str:
    """Return the id of a trigger: 32 hexadecimal digits of SHA-256.

    `basis` names what set the rule off: `transition:<sequence>`, `event:<message id>` or
    `order:<order id>`; so the same history gives the same ids.
    """
    return sha256(msgspec.json.encode((customer_id, rule, basis))).hexdigest()[:32]
