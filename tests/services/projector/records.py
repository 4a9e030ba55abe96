"""Records as the worker writes them: rows from the domain itself, the rest by the contracts."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from schemas.dimensions import Dimension
from schemas.held import HeldDecision, HeldOccasion, HeldReason, HeldStatus, HeldTrigger
from schemas.messages import SOURCE_MESSAGE
from schemas.policy import load_default_policy
from schemas.transition import Cause, PublishedScores, ScoresBeforeAndAfter, Transition
from schemas.trigger import Action, ActionKind, Trigger, TriggerEvent
from topology.domain.advance import advance
from topology.domain.history.event import Event, event_in
from topology.domain.history.instant import from_datetime
from topology.domain.history.state import State
from topology.domain.policy.compile import compile_policy
from topology.domain.rows.row import encode_row

BOOK = compile_policy(load_default_policy())
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def micros(days: float) -> int:
    """The instant so many days after the start."""
    return from_datetime(START + timedelta(days=days))


def event(customer: str, name: str, days: float, properties: dict[str, Any]) -> Event:
    at = START + timedelta(days=days)
    message_id = f"{customer}-{name}-{days}"
    text = json.dumps(
        {
            "type": "track",
            "event": name,
            "messageId": message_id,
            "userId": customer,
            "timestamp": at.isoformat(),
            "properties": properties,
        }
    )
    message = SOURCE_MESSAGE.validate_json(text)
    return event_in(message, customer, message_id, from_datetime(at))


def state(customer: str, *order_days: float, complaint: float | None = None) -> State:
    """A customer who ordered for 59.90 EUR on these days, and perhaps complained."""
    events = [
        event(
            customer,
            "Order Completed",
            days,
            {"order_id": f"{customer}-{days}", "total": 59.9, "currency": "EUR"},
        )
        for days in order_days
    ]
    if complaint is not None:
        events.append(event(customer, "Complaint Filed", complaint, {"ticket_id": "t-1"}))
    now = micros(500)
    found: State | None = None
    for each in events:
        found = advance(found, each, now, BOOK).state
    assert found is not None
    return found


def row(customer: str, *order_days: float, complaint: float | None = None) -> bytes:
    return encode_row(state(customer, *order_days, complaint=complaint))


def history(orders: int) -> PublishedScores:
    return PublishedScores(
        last_order_at=START,
        orders_in_window=orders,
        revenue_in_window=5990 * orders,
        currency="EUR",
        recency_score=5,
        frequency_score=1,
        monetary_score=1,
    )


def transition(customer: str, sequence: int) -> Transition:
    return Transition(
        customer_id=customer,
        dimension=Dimension.SEGMENT,
        from_value="none" if sequence == 1 else "new",
        to_value="new" if sequence == 1 else "promising",
        cause=Cause.EVENT,
        cause_message_id=f"m-{sequence}",
        effective_at=START + timedelta(days=sequence),
        observed_at=START + timedelta(days=sequence),
        sequence=sequence,
        facts=ScoresBeforeAndAfter(before=history(sequence - 1), after=history(sequence)),
        policy_version=BOOK.version,
    )


def trigger(customer: str, number: int, rule: str = "win_back") -> Trigger:
    at = START + timedelta(days=number)
    return Trigger(
        trigger_id=f"{customer}/{rule}/{number}",
        customer_id=customer,
        rule=rule,
        event=TriggerEvent(message_id=f"m-{number}", event="Order Completed", at=at),
        action=Action(kind=ActionKind.DISCOUNT_CODE),
        reason="For a test.",
        effective_at=at,
        created_at=at,
        expires_at=at + timedelta(days=14),
        policy_version=BOOK.version,
        attempt=number,
    )


def held(customer: str, number: int, rule: str = "win_back", **changes: Any) -> HeldTrigger:
    """A trigger of day `number` that was held for its age; it expires in a hundred years."""
    at = START + timedelta(days=number)
    fields: dict[str, Any] = {
        "trigger_id": sha256(f"{customer}/{rule}/{number}".encode()).hexdigest()[:32],
        "customer_id": customer,
        "rule": rule,
        "reason": HeldReason.AGE,
        "segment": "at_risk",
        "action": Action(kind=ActionKind.DISCOUNT_CODE),
        "message": "For a test.",
        "effective_at": at,
        "held_at": at,
        "expires_at": at + timedelta(days=36_500),
        "policy_version": BOOK.version,
        "attempt": number,
        "occasion": HeldOccasion(
            case=0, basis=f"transition:{number}", what="segment at_risk", at=at, counted_at=at
        ),
    }
    return HeldTrigger(**fields | changes)


def decided(record: HeldTrigger, status: HeldStatus) -> HeldTrigger:
    """The record after somebody's decision."""
    decision = HeldDecision(at=record.held_at, by="ann")
    return record.model_copy(update={"status": status, "decision": decision})


def json_of(record: Transition | Trigger | HeldTrigger) -> bytes:
    return record.model_dump_json(by_alias=True).encode()
