"""A faster decoder for track events, derived from the contracts.

A reading (`schemas.messages.reading`) accepts whatever this decoder accepts, with the same content.
It also reads what this decoder refuses: a number as text, a model with a validator of its own, a
message that is no track event, a time that must be corrected. A test compares the two. The worker
checks what types alone can't show: placeholder ids, addresses, and times under other names.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args

import msgspec

from schemas.derive import NotDerivableError, Tag, derive_struct
from schemas.messages.catalogue import track_models
from schemas.messages.envelope import Context, ExternalId, Message
from schemas.messages.reading.json_text import Json
from schemas.messages.shop import (
    CURRENCY_NAMES,
    Amount,
    Currency,
    EditProperties,
    OrderProperties,
    RefundProperties,
)

_NEVER: Any = Literal["\0never"]
"""A type without values: a message with such a field must be read in full."""


class _EditWithTotal(EditProperties):
    """An edit with a `total`. Without one, the total may stand under another name."""

    total: Amount


class _RefundWithTotal(RefundProperties):
    """A refund with a `total`. Without one, it may stand elsewhere, or be that of products."""

    total: Amount


NOT_USUAL: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What is raised for a message that is to be read in full."""

_TIME: Any = Annotated[datetime, msgspec.Meta(tz=True)]
_Field = tuple[str, Any, Any]


@cache
def track_event_decoder(
    currency: str | None = None, *, corrected: bool = False
) -> msgspec.json.Decoder[Message]:
    """Return a decoder of track events: its results have the attributes of the pydantic models.

    It raises msgspec's errors. To make one takes longer than to decode a thousand events, so there
    is one for the same arguments.

    Args:
        currency: the only currency that it accepts, in capitals; None is any. To compare a few
            words is quicker than to match a pattern.
        corrected: accept only messages with a `receivedAt`: their time is corrected already.
    """
    known: dict[Any, Any] = {ExternalId: _NEVER}
    derive_struct(Context, known, more=[("externalId", _NEVER, None)])
    if currency is not None:
        known[Currency] = Literal[currency, currency.lower()]
    received: _Field = ("receivedAt", _TIME, msgspec.NODEFAULT)
    more = received if corrected else ("sentAt", _NEVER, None)
    others: list[_Field] = [(name, _NEVER, None) for name in CURRENCY_NAMES]
    derive_struct(OrderProperties, known, more=others)
    known[EditProperties] = derive_struct(_EditWithTotal, known, more=others)
    known[RefundProperties] = derive_struct(_RefundWithTotal, known, more=others)
    structs: list[type] = []
    for model in track_models():
        structs.extend(_structs(model, known, more))
    union: Any = Union[tuple(structs)]  # noqa: UP007 - made at run time
    return msgspec.json.Decoder(union)


class TrackEvents:
    """Reads usual track events, from their bytes or from the object that somebody parsed."""

    def __init__(self, currency: str | None, *, corrected: bool = False) -> None:
        decoder = track_event_decoder(currency, corrected=corrected)
        self._decode = decoder.decode
        self._types: Mapping[object, type[Message]] = {
            each.__struct_config__.tag: each for each in get_args(decoder.type)
        }

    def read(self, value: bytes, content: Json | None = None) -> Message | None:
        """Return the message in `value`; None, or one of `NOT_USUAL`, if it is no usual one.

        `content` is the object in `value`, if it has been parsed.
        """
        if content is None:
            return self._decode(value)
        event = content.get("event")
        found = self._types.get(event) if isinstance(event, str) else None
        return None if found is None else msgspec.convert(content, found)


def _structs(model: type[Message], known: dict[Any, Any], more: _Field) -> list[type]:
    """One Struct for each event name of a model; none if no Struct can be derived from it."""
    names = get_args(model.model_fields["event"].annotation)
    try:
        return [
            derive_struct(
                model,
                known,
                tag=Tag("event", name),
                namespace={"profile": model.profile},
                more=[more],
            )
            for name in names
        ]
    except NotDerivableError:
        return []
