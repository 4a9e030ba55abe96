"""Scenes for tests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schemas.dimensions import Dimension
from schemas.transition import Cause, PublishedScores, ScoresBeforeAndAfter, Transition
from schemas.trigger import Action, ActionKind, Trigger
from services.tools.demo.snapshot import LeavingCustomer, Snapshot, dropped, won_back

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

SCORES = PublishedScores(
    last_order_at=NOON - timedelta(days=90),
    orders_in_window=1,
    revenue_in_window=3050,
    currency="USD",
    recency_score=2,
    frequency_score=1,
    monetary_score=1,
)

TRANSITION = Transition.model_validate(
    {
        "customer_id": "cdnow-0007",
        "dimension": Dimension.SEGMENT,
        "from": "about_to_sleep",
        "to": "hibernating",
        "cause": Cause.CLOCK,
        "cause_message_id": None,
        "effective_at": NOON,
        "observed_at": NOON,
        "sequence": 4,
        "facts": ScoresBeforeAndAfter(before=SCORES, after=SCORES),
        "policy_version": "p",
    }
)


def leaving() -> Iterator[LeavingCustomer]:
    """Who leaves in the snapshot."""
    for each in (won_back(TRIGGER), dropped(TRANSITION)):
        assert each is not None
        yield each


WON_BACK, DROPPED = leaving()

SNAPSHOT = Snapshot(
    now=NOON,
    done=0.33,
    sent=4321,
    in_all=6919,
    noun="order",
    segments={"new": 30, "at_risk": 12, "of_my_own": 3},
    transitions=77,
    triggers={"win_back": 1, "cross_sell": 40, "rest": 1},
    dropped=1,
    latest_won_back=(WON_BACK,),
    latest_dropped=(DROPPED,),
)
