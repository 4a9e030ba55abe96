"""Views of dead letters for people and programs: in a list, and in full."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from schemas.contract import UtcDatetime, WritableText, is_none
from schemas.dead_letter import RETRY_OF
from services.dead_letters.dead_letter import DeadLetter, LetterId, customer_of, datetime_of_ms


class LetterSource(BaseModel):
    """Where the message was refused: a topic, or a path of the API."""

    model_config = ConfigDict(frozen=True)

    topic: str = Field(description="A topic, or the path of the API, such as /v1/batch.")
    partition: int = Field(description="0 if it has a path.")
    offset: int = Field(description="If it has a path, its place in the request, from 0.")


class ListedLetter(BaseModel):
    """A refused message, without the message itself."""

    model_config = ConfigDict(frozen=True)

    id: LetterId = Field(
        description="Its partition and offset in journey.dead-letters.v1.", examples=["3-17"]
    )
    at: UtcDatetime = Field(description="When Kafka took it.")
    reason: str = Field(examples=["no_exchange_rate"])
    detail: str = Field(description="Why, in a sentence.")
    customer: WritableText | None = Field(
        description="Whom the message is about, by the name in it or else by its key; null if "
        "neither can be read."
    )
    source: LetterSource
    received_at: datetime = Field(description="When the message came first.")
    retry_of: str | None = Field(
        default=None,
        exclude_if=is_none,
        description="Where it came first, if it was refused before and tried again.",
    )
    bytes: int = Field(description="How large what was received is, as far as it is kept.")

    @field_serializer("id")
    def _id_as_text(self, letter_id: LetterId) -> str:
        return str(letter_id)


class FullLetter(ListedLetter):
    """A refused message, as received."""

    headers: dict[str, str] = Field(description="Those of the dead letter.")
    key: str | None = Field(description="As received; null if there was none or it is no UTF-8.")
    key_base64: str | None = Field(
        default=None, exclude_if=is_none, description="A key that is no UTF-8."
    )
    value: str | None = Field(description="As received; null if there was none or it is no UTF-8.")
    value_base64: str | None = Field(
        default=None, exclude_if=is_none, description="A value that is no UTF-8."
    )


def list_view(letter: DeadLetter) -> ListedLetter:
    """The letter in a list."""
    return ListedLetter(**_common(letter))


def full_view(letter: DeadLetter) -> FullLetter:
    """The letter with all that was received."""
    key, key_base64 = _as_text(letter.key)
    value, value_base64 = _as_text(letter.value)
    return FullLetter(
        **_common(letter),
        headers=dict(letter.header_texts),
        key=key,
        key_base64=key_base64,
        value=value,
        value_base64=value_base64,
    )


def _common(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "at": letter.at,
        "reason": letter.reason,
        "detail": letter.detail,
        "customer": customer_of(letter),
        "source": LetterSource(**letter.source._asdict()),
        "received_at": datetime_of_ms(letter.received_ms),
        "retry_of": letter.header_texts.get(RETRY_OF),
        "bytes": len(letter.value or b""),
    }


def _as_text(data: bytes | None) -> tuple[str | None, str | None]:
    if data is None:
        return None, None
    try:
        return data.decode(), None
    except UnicodeDecodeError:
        return None, b64encode(data).decode()
