"""The scopes of keys: what each allows, and which a new key has."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """The permission that a route needs."""

    INGEST = "ingest"
    """Send events."""
    UNSUPPRESS = "unsuppress"
    """Take customers off the suppression list, also by an event."""
    STATE = "state"
    """Read customers, their history, and counts."""
    TRIGGERS = "triggers"
    """Read triggers."""
    METRICS = "metrics"
    """Read the metrics for Prometheus."""
    DEAD_LETTERS = "dead-letters"
    """Read dead letters, as received, and try them again."""
    RELEASE = "release"
    """Release held triggers."""
    DISMISS = "dismiss"
    """Dismiss held triggers."""
    ADMIN = "admin"
    """All of these, and change or remove what others see."""


class KeyKind(StrEnum):
    """The kind of holder. A key's text names it, so that a leaked key is recognised."""

    WRITE = "write"
    """A shop that sends events."""
    READ = "read"
    """A tool that reads."""
    ADMIN = "admin"
    """An operator."""


SCOPES_OF: Final[Mapping[KeyKind, tuple[Scope, ...]]] = {
    KeyKind.WRITE: (Scope.INGEST, Scope.UNSUPPRESS),
    KeyKind.READ: (Scope.STATE, Scope.TRIGGERS, Scope.METRICS),
    KeyKind.ADMIN: tuple(Scope),
}
"""The scopes that a key of each kind may have."""
ONLY_BY_NAME: Final = frozenset({Scope.UNSUPPRESS})
"""A write key has these scopes only if its creator names them."""


def usual_scopes(kind: KeyKind) -> frozenset[Scope]:
    """Return the scopes of a key whose creator names none."""
    possible = frozenset(SCOPES_OF[kind])
    return possible if kind is KeyKind.ADMIN else possible - ONLY_BY_NAME
