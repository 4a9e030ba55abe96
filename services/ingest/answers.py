"""What a sender is told."""

from typing import Final, Literal

from pydantic import BaseModel, Field

from schemas.dead_letter import DeadLetterReason


def _is_none(value: object) -> bool:
    return value is None


NOT_ALLOWED: Final = "not_allowed"


class Rejected(BaseModel):
    """A message that was not taken. It is kept in `journey.dead-letters.v1`.

    One that the key may not send (`not_allowed`) is not kept: nobody is to try it again.
    """

    index: int = Field(description="Its place in the request, from 0.")
    message_id: str | None = Field(serialization_alias="messageId")
    reason: DeadLetterReason | Literal["not_allowed"]
    detail: str


class Received(BaseModel):
    """All of it is in Kafka. If every message was taken, there is `success` and nothing else."""

    success: bool = True
    accepted: int | None = Field(default=None, exclude_if=_is_none)
    ignored: int | None = Field(
        default=None,
        exclude_if=_is_none,
        description="Good messages that mean nothing here: groups, and events that no journey "
        "depends on.",
    )
    rejected: tuple[Rejected, ...] | None = Field(default=None, exclude_if=_is_none)
