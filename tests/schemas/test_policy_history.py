"""Which publication is in force at which instant."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import PolicyError
from schemas.policy_history import PolicyHistory, policy_in, timeline
from schemas.policy_publication import PolicyPublication
from tests.schemas.policies import SMALL, policy, small

BEGIN = datetime(2026, 11, 30, tzinfo=UTC)
VERSION = policy(SMALL).version


def after(hours: int) -> datetime:
    return BEGIN + timedelta(hours=hours)


def publication(
    revision: int, hours: int, text: str = SMALL, version: str = VERSION
) -> PolicyPublication:
    """A publication that is in force after so many hours."""
    return PolicyPublication(
        revision=revision,
        version=version,
        replaces="0" * 12,
        published_at=BEGIN,
        in_force_from=after(hours),
        text=text,
    )


def history_of(*all_: PolicyPublication) -> PolicyHistory:
    history = PolicyHistory()
    history.replace(all_)
    return history


def revision_at(history: PolicyHistory, hours: int) -> int:
    found = history.at(after(hours))
    return 0 if found is None else found.publication.revision


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(-1, 10))
def test_of_those_whose_instant_has_come_the_last_one_is_in_force(
    instants: list[int], now: int
) -> None:
    """However they were planned, and in whatever order they were read."""
    all_ = [publication(number, at) for number, at in enumerate(instants, start=1)]
    line = timeline(reversed(all_))
    come = [number for number, at in enumerate(instants, start=1) if at <= now]
    in_force = [each.revision for each in line if each.in_force_from <= after(now)]
    assert in_force[-1:] == ([max(come)] if come else [])
    assert [each.in_force_from for each in line] == sorted({each.in_force_from for each in line})


def test_a_later_publication_cancels_one_that_was_planned() -> None:
    """It comes into force before it."""
    first, planned, now = publication(1, 0), publication(2, 9), publication(3, 5)
    assert timeline([planned, now, first]) == (first, now)


def test_what_cannot_be_used_is_left_out_with_the_reason() -> None:
    """Also if it would be in force: the one before stays."""
    newer = publication(2, 1, text=f"{SMALL}future: 1\n")
    other = publication(3, 2, version="0" * 12)
    history = history_of(publication(1, 0), newer, other)
    assert [revision_at(history, hours) for hours in (0, 1, 2, 3)] == [1, 1, 1, 1]
    assert "revision 2 of the published policies, line " in history.unusable[2]
    assert f"its text is version {VERSION}, and it calls itself {'0' * 12}" in history.unusable[3]
    assert history.next_change(BEGIN - timedelta(hours=1)) == BEGIN
    history.reject(1, "another currency")
    assert revision_at(history, 3) == 0
    assert history.next_change(BEGIN - timedelta(hours=1)) is None


def test_a_publication_has_the_policy_in_its_text() -> None:
    """A broken one is named with its line."""
    assert policy_in(publication(1, 0)).version == VERSION
    with pytest.raises(PolicyError, match="revision 7 of the published policies, line 2: currency"):
        policy_in(publication(7, 0, text=small("currency: EUR", "currency: EURO")))
