"""What a key may be allowed to do."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """One thing that a route may ask for."""

    INGEST = "ingest"
    """Send events."""
    UNSUPPRESS = "unsuppress"
    """Take customers off the suppression list, also by an event that is sent in."""
    STATE = "state"
    """Read customers, their history, and counts."""
    TRIGGERS = "triggers"
    """Read triggers."""
    METRICS = "metrics"
    """Read the figures for Prometheus."""
    DEAD_LETTERS = "dead-letters"
    """Read the messages that were refused, as received, and try them again."""
    ADMIN = "admin"
    """Everything, and what changes or removes what others see."""


class KeyKind(StrEnum):
    """Who a key is for. It is part of the key, so that a leaked one is recognised."""

    WRITE = "write"
    """A shop that sends events."""
    READ = "read"
    """A tool that reads."""
    ADMIN = "admin"
    """Who runs this."""


SCOPES_OF: Final[Mapping[KeyKind, tuple[Scope, ...]]] = {
    KeyKind.WRITE: (Scope.INGEST, Scope.UNSUPPRESS),
    KeyKind.READ: (Scope.STATE, Scope.TRIGGERS, Scope.METRICS),
    KeyKind.ADMIN: tuple(Scope),
}
"""The scopes that a key of each kind may have."""
ONLY_BY_NAME: Final = frozenset({Scope.UNSUPPRESS})
"""A write key has these only if whoever creates it names them."""


def usual_scopes(kind: KeyKind) -> frozenset[Scope]:
    """Return the scopes of a key whose creator names none."""
    possible = frozenset(SCOPES_OF[kind])
    return possible if kind is KeyKind.ADMIN else possible - ONLY_BY_NAME
