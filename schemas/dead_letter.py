"""Why a record could not be taken, and what it says beside the bytes as received."""

from enum import StrEnum


class DeadLetterReason(StrEnum):
    """The header `reason` of a dead letter; the header `detail` says it in a sentence."""

    NOT_JSON = "not_json"
    UNKNOWN_SHAPE = "unknown_shape"
    INVALID_FIELD = "invalid_field"
    NO_PROFILE = "no_profile"
    UNKNOWN_CURRENCY = "unknown_currency"
    NEGATIVE_TOTAL = "negative_total"
    TIME_IN_FUTURE = "time_in_future"


REASON = "reason"
DETAIL = "detail"
SOURCE_TOPIC = "source-topic"
SOURCE_PARTITION = "source-partition"
SOURCE_OFFSET = "source-offset"
"""The headers of a dead letter, all UTF-8 text."""
