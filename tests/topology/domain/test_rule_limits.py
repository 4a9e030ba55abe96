"""Cooldowns and service recovery against a simple model of them."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given

from schemas.policy.model import Policy
from schemas.trigger import Trigger
from tests.topology.domain.histories import arrivals, bounded
from tests.topology.domain.life import BOOK, Life, decided, lived
from tests.topology.domain.messages import Json, heard
from topology.domain.compile import compile_policy
from topology.domain.instant import from_datetime

A_MONTH = timedelta(days=30)
PROMOTIONAL = {rule.name for rule in BOOK.rules if rule.promotional}


def without_limits(policy: Policy) -> Policy:
    """The same rules, but nothing rests and nothing is held: every occasion fires."""
    said = policy.model_dump()
    for rule in said["rules"]:
        rule.update(cooldown=timedelta(0), promotional=False)
    return Policy.model_validate(said)


class Desk:
    """What the limits leave of the occasions, in the plainest words."""

    def __init__(self) -> None:
        self.complaints: list[Json] = []
        self.resolutions: list[Json] = []
        self.last: dict[str, datetime] = {}
        self.fired: list[str] = []
        self.held: list[tuple[str, datetime]] = []

    def hear(self, message: Json) -> None:
        """Take a message into account."""
        event, properties = message.get("event"), message.get("properties", {})
        bad = event == "Product Reviewed" and float(properties["rating"]) <= 2
        if bad or event == "Complaint Filed":
            self.complaints.append(message)
        if event == "Complaint Resolved":
            self.resolutions.append(message)

    def is_open(self, at: datetime) -> bool:
        """True if a complaint or bad review is open."""
        return any(
            moment(each) <= at < moment(each) + A_MONTH
            and not any(ends(by, each) for by in self.resolutions)
            for each in self.complaints
        )

    def limit(self, occasions: list[Trigger]) -> None:
        """Fire, hold or leave out each occasion."""
        for each in occasions:
            at = each.effective_at
            if each.rule in self.last and at < self.last[each.rule] + A_MONTH:
                continue
            if each.rule in PROMOTIONAL and self.is_open(at):
                self.held.append((each.rule, at))
                continue
            self.last[each.rule] = at
            self.fired.append(each.trigger_id)


def moment(message: Json) -> datetime:
    """When it happened."""
    return datetime.fromisoformat(message["timestamp"])


def ends(resolution: Json, opened: Json) -> bool:
    """True if it was resolved by this: tickets must agree where both name one."""
    tickets = {each["properties"].get("ticket_id") for each in (resolution, opened)} - {None}
    return moment(resolution) >= moment(opened) and len(tickets) < 2


FREE = compile_policy(without_limits(BOOK.policy))


@bounded
@given(arrivals)
def test_cooldowns_and_open_complaints_leave_what_a_simple_model_leaves(told: list[Json]) -> None:
    """The same triggers fire, and the same promotions are held and counted."""
    free, desk, seen = Life(FREE), Desk(), set()
    for message in told:
        event = heard(message)
        if free.state is not None:
            desk.limit(list(free.wait_until(event.at).triggers))
        if message["messageId"] in seen:
            continue
        seen.add(message["messageId"])
        desk.hear(message)
        desk.limit(list(free.hear(event).triggers))
    desk.limit(list(free.wait_until(free.row.as_of + from_datetime(moment(told[0]))).triggers))

    life = lived(told)
    life.wait_until(free.row.as_of)
    assert [each.trigger_id for each in life.triggers] == desk.fired
    assert life.row.memory.held_count == len(desk.held)
    latest = [(each.rule, each.at) for each in life.row.memory.held]
    assert latest == [(rule, from_datetime(at)) for rule, at in desk.held][-10:]
    assert decided(life.transitions) == [
        each | {"policy_version": BOOK.version} for each in decided(free.transitions)
    ]


@bounded
@given(arrivals)
def test_a_rule_fires_at_most_once_within_its_cooldown_and_counts(told: list[Json]) -> None:
    """Each attempt is numbered, and a cooldown or more lies between any two."""
    life = lived(told)
    life.wait_until(life.row.as_of + 400 * 86_400_000_000)
    for rule in BOOK.rules:
        mine = [each for each in life.triggers if each.rule == rule.name]
        assert [each.attempt for each in mine] == list(range(1, len(mine) + 1))
        assert all(
            other.effective_at - one.effective_at >= A_MONTH for one, other in pairwise(mine)
        )
        fired = life.row.memory.last_fired(rule.name)
        assert (fired and (fired.at, fired.times)) == (
            (from_datetime(mine[-1].effective_at), len(mine)) if mine else None
        )


@bounded
@given(arrivals)
def test_a_trigger_names_either_its_transition_or_its_event(told: list[Json]) -> None:
    """Exactly one of both, and a transition is one that really was."""
    life = lived(told)
    moves = {each.sequence: each for each in life.transitions}
    for each in life.triggers:
        assert (each.transition is None) != (each.event is None)
        if each.transition is not None:
            assert moves[each.transition.sequence] == each.transition
            assert each.transition.effective_at == each.effective_at
        assert each.expires_at > each.effective_at
        assert each.reason
        assert "{" not in each.reason
        assert not each.holdout
