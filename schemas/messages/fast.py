"""A faster decoder for track events, derived from the contracts.

What it accepts, a reading (`schemas.messages.reading`) accepts with the same content; whatever it
refuses is read there (a number as text, a model with a validator of its own, a message that is no
track event, a time that is to be corrected). A test holds the two against each other. What it can't
see by types alone the worker looks at: ids that are nobody's, addresses, and times under other
names.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args

import msgspec

from schemas.derive import NotDerivableError, Tag, derive_struct
from schemas.messages.envelope import Context, ExternalId, Message, Track
from schemas.messages.reading.json_text import Json
from schemas.messages.shop import (
    CURRENCY_NAMES,
    Amount,
    Currency,
    EditProperties,
    OrderProperties,
    RefundProperties,
    ShopEvent,
)
from schemas.messages.social import SocialEvent
from schemas.messages.support import SupportEvent

_NEVER: Any = Literal["\0never"]
"""A type that no value has: where it stands, a message must be read in full."""


class _ToldEdit(EditProperties):
    """An edit that says its total; another may say it under another name."""

    total: Amount


class _ToldRefund(RefundProperties):
    """A refund that says its total; another may say it under another name, or by its products."""

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
        currency: in capitals; it knows no other then. To compare a few words is quicker than to
            match a pattern.
        corrected: take messages that say `receivedAt`, whose time `sentAt` does not correct.
    """
    known: dict[Any, Any] = {ExternalId: _NEVER}
    derive_struct(Context, known, more=[("externalId", _NEVER, None)])
    if currency is not None:
        known[Currency] = Literal[currency, currency.lower()]
    received: _Field = ("receivedAt", _TIME, msgspec.NODEFAULT)
    more = received if corrected else ("sentAt", _NEVER, None)
    others: list[_Field] = [(name, _NEVER, None) for name in CURRENCY_NAMES]
    derive_struct(OrderProperties, known, more=others)
    known[EditProperties] = derive_struct(_ToldEdit, known, more=others)
    known[RefundProperties] = derive_struct(_ToldRefund, known, more=others)
    structs: list[type] = []
    for model in get_args(ShopEvent | SocialEvent | SupportEvent):
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


def _structs(model: type[Track], known: dict[Any, Any], more: _Field) -> list[type]:
    """One Struct for each event name of a model; none if the model is not derivable."""
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
