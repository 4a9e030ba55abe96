"""Forwarding entries: what is left of a row that has become a part of another."""

from typing import Final

from topology.domain.history.instant import Instant
from topology.domain.history.record import Stored

FORWARD_VERSION: Final = 0
"""No row of a customer ever has this version."""

KEPT_PARKED: Final = 10
"""How many explicit claims of one name are kept until it is known to be a user id."""


class Parked(Stored, frozen=True):
    """An explicit claim of a name that belongs to somebody else, and may yet be a user id."""

    by: str
    at: Instant
    message_id: str
    names: int


class Forward(Stored, frozen=True):
    """A forwarding entry. It begins like every row, and never changes its target."""

    version: int
    policy_version: str
    wake_at: None
    customer_id: str
    as_of: Instant
    to: str
    """The key of the row that has the history of `customer_id`."""
    user: bool
    """True once a message has named it as a user id."""
    parked: tuple[Parked, ...] = ()


def forward(name: str, to: str, *, user: bool) -> Forward:
    """A forwarding entry for a name."""
    return Forward(
        version=FORWARD_VERSION,
        policy_version="",
        wake_at=None,
        customer_id=name,
        as_of=0,
        to=to,
        user=user,
    )
