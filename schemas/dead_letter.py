"""Why a record could not be taken, and what it says beside the bytes as received."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.contract import Contract, is_none
from schemas.messages.record_headers import RECEIVED


class DeadLetterReason(StrEnum):
    """The header `reason` of a dead letter; the header `detail` says it in a sentence."""

    NOT_JSON = "not_json"
    UNKNOWN_SHAPE = "unknown_shape"
    INVALID_FIELD = "invalid_field"
    NO_PROFILE = "no_profile"
    UNKNOWN_CURRENCY = "unknown_currency"
    NO_EXCHANGE_RATE = "no_exchange_rate"
    NEGATIVE_TOTAL = "negative_total"
    TIME_IN_FUTURE = "time_in_future"
    TIME_TOO_EARLY = "time_too_early"
    WRONG_PARTITION = "wrong_partition"
    TOO_LARGE = "too_large"
    TOO_MANY_NAMES = "too_many_names"


REASON = "reason"
DETAIL = "detail"
SOURCE_TOPIC = "source-topic"
SOURCE_PARTITION = "source-partition"
SOURCE_OFFSET = "source-offset"
ORIGINAL_SIZE = "original-size"
CUT_TO = "cut-to"
ORIGINAL_KEY_SIZE = "original-key-size"
KEY_CUT_TO = "key-cut-to"
RETRY_OF = "retry-of"
SENT_AT = "sent-at"
CONTEXT = "context"
"""The headers of a dead letter, all UTF-8 text."""

Digits = Annotated[str, Field(pattern="^[0-9]+$")]
"""A whole number as text."""


class DeadLetterHeaders(Contract):
    """The headers of a record of `journey.dead-letters.v1`; its key and value are as received.

    What is too large for the topic is cut, and says so.
    """

    reason: DeadLetterReason = Field(description="Why, for programs.")
    detail: str = Field(description="Why, in a sentence.")
    source_topic: str = Field(
        alias=SOURCE_TOPIC,
        description="The topic that it came from, or the path, such as /v1/batch.",
    )
    source_partition: Digits = Field(alias=SOURCE_PARTITION, description="0 if it has a path.")
    source_offset: Digits = Field(
        alias=SOURCE_OFFSET, description="If it has a path, its place in the request, from 0."
    )
    original_size: Digits | None = Field(
        default=None,
        exclude_if=is_none,
        alias=ORIGINAL_SIZE,
        description="Of a value that was cut, in bytes.",
    )
    cut_to: Digits | None = Field(
        default=None,
        exclude_if=is_none,
        alias=CUT_TO,
        description="How many of its first bytes are left.",
    )
    original_key_size: Digits | None = Field(
        default=None,
        exclude_if=is_none,
        alias=ORIGINAL_KEY_SIZE,
        description="Of a key that was cut, in bytes.",
    )
    key_cut_to: Digits | None = Field(
        default=None,
        exclude_if=is_none,
        alias=KEY_CUT_TO,
        description="How many of its first bytes are left.",
    )
    received_at: Digits | None = Field(
        default=None,
        exclude_if=is_none,
        alias=RECEIVED,
        description="When the message came first, in milliseconds since 1970.",
    )
    retry_of: str | None = Field(
        default=None,
        exclude_if=is_none,
        alias=RETRY_OF,
        description="Where it came first, if it was refused before and was sent again: topic, "
        "partition and offset, such as shop.events.v1-3-42.",
    )
    quiet: str | None = Field(
        default=None,
        exclude_if=is_none,
        description="As received: nothing that follows from the message is sent to anybody.",
    )
    sent_at: str | None = Field(
        default=None,
        exclude_if=is_none,
        alias=SENT_AT,
        description="If it has a path: when its batch was sent, by the sender's clock.",
    )
    context: str | None = Field(
        default=None,
        exclude_if=is_none,
        alias=CONTEXT,
        description="If it has a path: what its batch says of every message, JSON.",
    )
