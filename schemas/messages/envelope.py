"""The envelope of every source message: who, when and where."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from schemas.contract import SIDE, Contract, Identifier, SegmentContract, UtcDatetime
from schemas.plain_json import PLAIN_ID

PersonId = Annotated[str, Field(max_length=256), PLAIN_ID]
"""An id of a person: up to 256 characters. An empty id counts as absent."""


class Channel(StrEnum):
    """Where a customer was met. Absent means `web`."""

    WEB = "web"
    APP = "app"
    STORE = "store"
    MARKETPLACE = "marketplace"
    PARTNER = "partner"
    PHONE = "phone"
    SOCIAL = "social"


class ExternalId(Contract):
    """Another name of the same person, in Segment's `context.externalIds`."""

    id: Identifier
    type: Annotated[str, SIDE] = "custom"


class Context(SegmentContract):
    """The circumstances of a message. Only what counts is kept."""

    channel: Annotated[Channel, SIDE] = Channel.WEB
    external_ids: Annotated[tuple[ExternalId, ...], SIDE] = ()


WEB = Context()


class Message(SegmentContract):
    """The envelope: who, when, and an id that makes a retry harmless.

    `message_id` and `timestamp` may be missing: the record's place in Kafka and the broker's time
    then stand in for them.
    """

    message_id: Identifier | None = Field(
        default=None, description="Makes a retry harmless: the same id counts once."
    )
    user_id: PersonId | None = Field(default=None, description="The profile, if it is known.")
    anonymous_id: PersonId | None = Field(
        default=None, description="The profile of a visitor who is not identified."
    )
    timestamp: UtcDatetime | None = Field(
        default=None,
        description="When it happened. originalTimestamp stands in for it; both are corrected by "
        "sentAt, unless receivedAt shows that this has been done.",
    )
    context: Annotated[Context, SIDE] = WEB

    @property
    def profile(self) -> str | None:
        """The profile that the message belongs to, or None if it names no customer."""
        return self.user_id or self.anonymous_id or None


class Track(Message):
    """Something that a customer did, or that was done to them."""

    @property
    def order_id(self) -> str | None:
        """The order that the event is about, if it is about one."""
        properties: Any = getattr(self, "properties", None)
        return getattr(properties, "order_id", None)
