"""The answers to a sender."""

from typing import Final, Literal

from pydantic import BaseModel, Field

from schemas.contract import WritableText, is_none
from schemas.dead_letter import DeadLetterReason

NOT_ALLOWED: Final = "not_allowed"


class Rejected(BaseModel):
    """A message that was not taken. It is kept in `journey.dead-letters.v1`.

    One that the key may not send (`not_allowed`) is not kept: nobody is to try it again.
    """

    index: int = Field(description="Its place in the request, from 0.")
    message_id: WritableText | None = Field(serialization_alias="messageId")
    reason: DeadLetterReason | Literal["not_allowed"]
    detail: WritableText


class IgnoredPart(BaseModel):
    """What was not used of a message: some of its fields, or all of it if `fields` is empty."""

    index: int = Field(description="Its place in the request, from 0.")
    message_id: WritableText | None = Field(serialization_alias="messageId")
    fields: tuple[WritableText, ...] = Field(
        description="Fields that can't be read and decide nothing, or that the contract names "
        "otherwise: the rest of the message was taken. Empty: the message means nothing here, such "
        "as a group, or an event that is not known."
    )
    detail: WritableText


class Received(BaseModel):
    """All of it is in Kafka. If nothing was ignored or rejected there is `success` alone."""

    success: bool = True
    accepted: int | None = Field(default=None, exclude_if=is_none)
    ignored: tuple[IgnoredPart, ...] | None = Field(
        default=None,
        exclude_if=is_none,
        description="Fields, and whole messages, that were passed over.",
    )
    rejected: tuple[Rejected, ...] | None = Field(default=None, exclude_if=is_none)
