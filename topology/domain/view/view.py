"""View: a row as ops and customer care see it."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, Final, NamedTuple, get_args, get_type_hints

from schemas.contract import UtcDatetime
from schemas.customer import (
    Activity,
    ChannelContact,
    ContestedName,
    Customer,
    FiredRule,
    Held,
    HeldTrigger,
    Journey,
    Lifetime,
    PurposeConsent,
    Research,
    ServiceRecovery,
    Suppressed,
    Touchpoint,
    UnmatchedRefund,
    WaitingTrigger,
)
from schemas.transition import PublishedScores
from topology.domain.history.channels import CHANNELS
from topology.domain.history.consent import STATUSES
from topology.domain.history.contacts import read_contacts
from topology.domain.history.instant import Instant, in_calendar, to_datetime
from topology.domain.history.memory import Fired, Memory
from topology.domain.history.names import Names, all_names
from topology.domain.history.record import fields_of
from topology.domain.history.refunds import unmatched_refunds
from topology.domain.history.research import Crossing, latest_crossing
from topology.domain.history.state import History, State
from topology.domain.history.suppression import Suppression
from topology.domain.history.touchpoints import read_touchpoints
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.case import BookRule
from topology.domain.steps.care import closed_at, open_cases
from topology.domain.steps.promotion_gate import REASONS
from topology.domain.steps.score import fit_of
from topology.domain.steps.transitions import published_scores
from topology.domain.steps.wake import due_at


def describe(key: str, state: State, book: Rulebook, as_of: Instant) -> Customer:
    """Return the customer as of `as_of`, an instant at or after the row's own.

    `key` is that of the row.
    """
    as_of = max(as_of, state.as_of)
    memory, currency = state.memory, state.currency or book.currency
    return Customer(
        names=all_names(key, state.names),
        contested=_contested(state.names),
        fit=fit_of(state.history, state.scores, book),
        facts=PublishedScores.model_validate(
            published_scores(state.scores, currency), from_attributes=True
        ),
        lifetime=_lifetime(state.history, currency),
        activity=Activity(
            first_seen_at=to_datetime(state.history.first_seen_at),
            last_seen_at=to_datetime(state.history.last_seen_at),
            events=state.history.events,
        ),
        journey=_journey(state.history),
        traits={trait.name: trait.value for trait in state.history.person.traits},
        consent=tuple(
            PurposeConsent(
                purpose=each.purpose, status=STATUSES[each.status], at=to_datetime(each.at)
            )
            for each in state.history.person.purposes
        ),
        suppressed=suppressed_by(state.history.person.suppression),
        unanswered=len(state.history.attempts),
        service_recovery=_recovery(state.history, as_of, book),
        held=_held(memory),
        waiting=tuple(
            WaitingTrigger(rule=each.rule, since=to_datetime(each.since), because=each.what)
            for each in memory.holds
        ),
        rules=fired_rules(memory, book),
        transitions=state.sequence,
        next_change_at=in_calendar(due_at(state, book)),
        unmatched_refunds=tuple(
            UnmatchedRefund(order_id=each.order_id, at=to_datetime(each.at) if each.at else None)
            for each in unmatched_refunds(state.history)
        ),
        as_of=to_datetime(as_of),
        **_stored(state),
    )


class _Stored(NamedTuple):
    """A field of the view that a row, or its history, has under the same name."""

    name: str
    read: Callable[[State], Any]
    is_time: bool


def _stored_fields() -> Iterator[_Stored]:
    for name, hint in get_type_hints(Customer, include_extras=True).items():
        is_time = UtcDatetime in {hint, *get_args(hint)}
        if name == "as_of":  # The view's is later than the row's.
            continue
        if name in fields_of(State):
            yield _Stored(name, attrgetter(name), is_time)
        elif name in fields_of(History):
            yield _Stored(name, attrgetter(f"history.{name}"), is_time)


STORED_FIELDS: Final = tuple(_stored_fields())
"""What the view shows as it is stored, and nobody has to name again."""


def _stored(state: State) -> dict[str, Any]:
    """What the view shows as the row has it, instants as times."""
    values = ((each, each.read(state)) for each in STORED_FIELDS)
    return {
        each.name: to_datetime(value) if each.is_time and value is not None else value
        for each, value in values
    }


def suppressed_by(word: Suppression | None) -> Suppressed | None:
    """Since when and why a customer is on the suppression list; None if they are not."""
    if word is None or word.lifted:
        return None
    return Suppressed(since=to_datetime(word.at), reason=word.reason)


def _lifetime(history: History, currency: str) -> Lifetime:
    counted = [order for order in history.orders if order.counts]
    firsts = [order.at for order in counted[:1]]
    orders, revenue = len(counted), sum(order.net for order in counted)
    if history.past is not None:
        orders += history.past.orders
        revenue += history.past.revenue
        firsts.append(history.past.first_at)
    return Lifetime(
        orders=orders,
        revenue=revenue,
        currency=currency,
        first_order_at=to_datetime(min(firsts)) if firsts else None,
    )


def _journey(history: History) -> Journey:
    crossing = latest_crossing(history.looks, history.buys)
    return Journey(
        channels=tuple(
            ChannelContact(
                channel=CHANNELS[each.channel],
                first_at=to_datetime(each.first_at),
                last_at=to_datetime(each.last_at),
                count=each.times,
            )
            for each in read_contacts(history.contacts)
        ),
        touchpoints=tuple(
            Touchpoint(at=to_datetime(each.at), event=each.event, channel=each.channel)
            for each in reversed(tuple(read_touchpoints(history.touches)))
        ),
        research=None if crossing is None else _research(crossing),
    )


def _research(crossing: Crossing) -> Research:
    online = crossing.researched_online
    return Research(
        kind="research_online_purchase_offline" if online else "research_offline_purchase_online",
        looked_at=to_datetime(crossing.looked_at),
        bought_at=to_datetime(crossing.bought_at),
    )


def _recovery(history: History, at: Instant, book: Rulebook) -> ServiceRecovery:
    cases = open_cases(history, at, book)
    if not cases:
        return ServiceRecovery(open=False)
    opened = [case.opened_at for case in cases]
    return ServiceRecovery(
        open=True,
        since=to_datetime(min(opened)),
        until=to_datetime(max(closed_at(case, history, book) for case in cases)),
    )


def _contested(names: Names) -> tuple[ContestedName, ...]:
    return tuple(
        ContestedName(name=each.name, owner=each.owner, at=to_datetime(each.at))
        for each in names.contested
    )


def _held(memory: Memory) -> Held:
    latest = tuple(
        HeldTrigger(
            rule=held.rule, at=to_datetime(held.at), reason=REASONS.get(held.reason, held.reason)
        )
        for held in reversed(memory.held)
    )
    return Held(count=memory.held_count, latest=latest)


def fired_rules(memory: Memory, book: Rulebook) -> tuple[FiredRule, ...]:
    """The rules of the policy that have fired for this customer, in the policy's order."""
    found = ((rule, memory.last_fired(rule.name)) for rule in book.rules)
    return tuple(fired_rule(rule, fired) for rule, fired in found if fired is not None)


def fired_rule(rule: BookRule, fired: Fired) -> FiredRule:
    """When a rule last fired, and until when it rests."""
    return FiredRule(
        rule=rule.name,
        last_fired_at=to_datetime(fired.at),
        cooldown_until=to_datetime(fired.at + rule.cooldown),
        times=fired.times,
    )
