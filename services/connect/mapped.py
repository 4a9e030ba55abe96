"""The meaning of a webhook: messages, requests about a person's data, or nothing that counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.dead_letter import DeadLetterReason

Payload = Mapping[str, Any]
Headers = Mapping[str, str]
"""The headers of a webhook, by their names in lower case."""


class Outcome(StrEnum):
    """The outcome of a webhook, as the metric counts it."""

    TAKEN = "taken"
    """Its messages are in Kafka."""
    UNKNOWN_TOPIC = "unknown_topic"
    """A topic of the shop's that means nothing here."""
    TEST = "test"
    """A test order."""
    NOBODY = "nobody"
    """It names no customer."""
    NOT_YET = "not_yet"
    """An order that is not placed yet, or a merge that is not done."""
    PING = "ping"
    """The shop system asks whether the address answers."""
    ERASURE = "erasure"
    """Somebody is erased."""
    DATA_REQUEST = "data_request"
    """Somebody asks for their data."""
    SHOP_ERASURE = "shop_erasure"
    """All customers of the shop are to be erased."""
    DEAD_LETTER = "dead_letter"
    """It can't be mapped: it is in the dead letters, with the reason."""
    UNSIGNED = "unsigned"
    """It has no signature."""
    WRONG_SIGNATURE = "wrong_signature"
    """It was not signed with a secret of the source."""
    UNKNOWN_SOURCE = "unknown_source"
    """No source of this name was added."""


SIGNED = frozenset(Outcome) - {
    Outcome.PING,
    Outcome.UNSIGNED,
    Outcome.WRONG_SIGNATURE,
    Outcome.UNKNOWN_SOURCE,
}
"""The outcomes of webhooks whose signature was right."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """The meaning of a webhook. `names` are those of the person whose data it is about."""

    outcome: Outcome
    messages: tuple[dict[str, Any], ...] = ()
    names: tuple[str, ...] = ()
    detail: str = ""
    """Why there are no messages."""


class UnmappableError(ValueError):
    """A signed webhook that becomes no message. It goes to the dead letters with this reason."""

    def __init__(
        self, detail: str, reason: DeadLetterReason = DeadLetterReason.UNKNOWN_SHAPE
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
