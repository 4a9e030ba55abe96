"""Scenes for tests."""

from datetime import UTC, datetime

from schemas.trigger import Action, ActionKind, Trigger
from services.demo.scene import Scene

NOON = datetime(1997, 7, 1, 12, tzinfo=UTC)

TRIGGER = Trigger(
    trigger_id="t-1",
    customer_id="cdnow-0042",
    rule="win_back",
    action=Action(kind=ActionKind.DISCOUNT_CODE),
    reason="No order for 90 days [after 5 orders].",
    effective_at=NOON,
    created_at=NOON,
    expires_at=NOON,
    policy_version="p",
    attempt=1,
)

SCENE = Scene(
    now=NOON,
    sent=4321,
    in_all=6919,
    noun="orders",
    segments={"new": 30, "at_risk": 12, "of_my_own": 3},
    transitions=77,
    triggers=1,
    latest=(TRIGGER,),
)
