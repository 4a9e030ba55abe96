"""Adoption: what the switch to a changed policy holds, or sends, is what a worker would do."""

from collections.abc import Sequence
from typing import Literal

from schemas.policy import Policy, parse_policy
from services.trials.outcome import AdoptionOutcome
from services.trials.side import Side, SideSettings
from tests.schemas.policies import TEXT
from tests.services.trials.arriving import arriving
from tests.services.trials.triggers import at_day
from tests.topology.domain.messages import Json, day, order, track
from topology.domain.history.instant import DAY, HOUR
from topology.domain.policy.compile import compile_policy

OLD = parse_policy(TEXT, "p.yaml")
NEW = parse_policy(TEXT.replace("younger_than: 60 days", "younger_than: 45 days"), "p.yaml")
SUPPRESSED = "suppressed"
END = at_day(100)


def side(successor: Policy | None, clock: Literal["wall", "topic"] = "wall") -> Side:
    settings = SideSettings(clock, "", None, 90 * DAY, successor=successor)
    return Side(compile_policy(OLD), settings)


def switched(messages: Sequence[Json], successor: Policy = NEW) -> AdoptionOutcome:
    """Live by the old policy up to day 100, at noon, and let the new one take effect."""
    own = side(successor)
    own.run(sorted(arriving(messages), key=lambda each: each.timestamp), lambda _: None)
    found = own.end(END).adoption
    assert found is not None
    return found


def asleep(*names: str) -> list[Json]:
    """Customers whose last order is fifty days old at the end: only the new policy minds."""
    return [order(day(50), f"o-{name}", 30, name) for name in names]


def test_hold_keeps_back_what_fire_sends() -> None:
    found = switched(asleep("a", "b", "c"))
    assert [(each.rule, each.held, each.sent) for each in found.totals] == [("wake_up", 3, 3)]
    assert found.sent_at == (END,) * 3


def test_promotion_that_must_not_go_out_is_not_sent_by_fire() -> None:
    """The switch sends no promotion to somebody on the suppression list."""
    stop = track("Customer Suppressed", day(60), "stop", SUPPRESSED)
    found = switched([*asleep("a", SUPPRESSED), stop])
    [total] = found.totals
    assert total.sent == 1
    assert total.held == 2


def test_what_was_held_before_the_switch_is_not_counted() -> None:
    """These wait since the old policy: a complaint holds what a silent customer would get."""
    quiet = [order(day(1), "o1", 30, "d"), track("Complaint Filed", day(60), "angry", "d")]
    alone, both = switched(asleep("a")), switched([*asleep("a"), *quiet])
    assert alone.totals == both.totals


def test_what_goes_out_in_the_quiet_hours_waits_for_their_end() -> None:
    own = side(NEW)
    own.run(arriving(asleep("a")), lambda _: None)
    night = END + 12 * HOUR
    found = own.end(night).adoption
    assert found is not None
    assert found.sent_at == (night + 6 * HOUR,)


def test_the_rows_stay_as_they_are() -> None:
    """The thirty days ahead are the old policy's, whether another one adopts the rows or not."""
    own, alone = side(NEW), side(None)
    for each in (own, alone):
        each.run(arriving(asleep("a", "b")), lambda _: None)
    found, without = own.end(END), alone.end(END)
    assert found.ahead == without.ahead
    assert len(found.ahead) > 0
    assert without.adoption is None


def test_a_policy_that_changes_nothing_for_anybody_sets_off_nothing() -> None:
    other = parse_policy(TEXT.replace("younger_than: 60 days", "younger_than: 59 days"), "p.yaml")
    assert switched(asleep("a"), other) == AdoptionOutcome((), ())
