"""Attempts: retention actions that were delivered, and that nobody has answered yet."""

from bisect import insort
from typing import Final

from topology.domain.history.instant import Instant

KEPT: Final = 12


def with_attempt(
    attempts: tuple[Instant, ...], at: Instant, acted_at: Instant | None
) -> tuple[Instant, ...]:
    """Return the attempts with another one, unless the customer has acted since."""
    if acted_at is not None and at <= acted_at:
        return attempts
    kept = list(attempts)
    insort(kept, at)
    return tuple(kept[-KEPT:])


def unanswered(attempts: tuple[Instant, ...], acted_at: Instant | None) -> tuple[Instant, ...]:
    """The attempts that the customer's latest act does not answer."""
    if acted_at is None or not attempts:
        return attempts
    return tuple(at for at in attempts if at > acted_at)


def merge_attempts(
    one: tuple[Instant, ...], other: tuple[Instant, ...], acted_at: Instant | None
) -> tuple[Instant, ...]:
    """Return the attempts of both that are not answered."""
    return unanswered(tuple(sorted((*one, *other))), acted_at)[-KEPT:]
