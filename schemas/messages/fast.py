"""A faster decoder for track events, derived from the contracts.

A reading (`schemas.messages.reading`) accepts whatever this decoder accepts, with the same content.
It also reads what this decoder refuses: a number as text, a model with a validator of its own, a
message that is no track event, a time that must be corrected, and a message without a field that
decides: it may stand under another name. A test compares the two. The worker checks what types
alone can't show: placeholder ids and addresses.

Of side fields and of a second id, only usual spellings are seen here (`productId`, `user_id`), and
in the products of an order none: to look for all spellings would slow down every message.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args

import msgspec
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from schemas.contract import is_side
from schemas.derive import NEVER, NotDerivableError, Tag, derive_struct
from schemas.messages.catalogue import track_models
from schemas.messages.envelope import Context, ExternalId, Message
from schemas.messages.reading.json_text import Json
from schemas.messages.shop import Currency

NOT_USUAL: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What is raised for a message that is to be read in full."""

_TIME: Any = Annotated[datetime, msgspec.Meta(tz=True)]
_Field = tuple[str, Any, Any]

_OTHER_NAMES: Final = ("user_id", "anonymous_id", "message_id", "sent_at")
"""Usual spellings of what a message may leave out."""
_KEPT: Final = ("products", "product_id", "category", "ticket_id", "reason")
"""Side properties that a customer's history keeps."""
_OTHER_CONTEXT: Final = ("externalId", "external_ids", "Channel")


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
    known: dict[Any, Any] = {ExternalId: NEVER}
    derive_struct(Context, known, refused=_OTHER_CONTEXT)
    if currency is not None:
        known[Currency] = Literal[currency, currency.lower()]
    received: _Field = ("receivedAt", _TIME, msgspec.NODEFAULT)
    structs: list[type] = []
    for model in track_models():
        structs.extend(_structs(model, known, received if corrected else None))
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


def _structs(model: type[Message], known: dict[Any, Any], received: _Field | None) -> list[type]:
    """One Struct for each event name of a model; none if no Struct can be derived from it."""
    properties: Any = model.model_fields["properties"].annotation
    fields: Mapping[str, FieldInfo] = properties.model_fields
    deciding = [name for name, field in fields.items() if not is_side(field)]
    inner = dict(known)
    names = get_args(model.model_fields["event"].annotation)
    try:
        others = [_other_spelling(name) for name in fields if name in {*deciding, *_KEPT}]
        derive_struct(properties, inner, present=deciding, refused=others)
        return [
            derive_struct(
                model,
                inner,
                tag=Tag("event", name),
                namespace={"profile": model.profile},
                more=[] if received is None else [received],
                refused=_OTHER_NAMES if received else ("sentAt", *_OTHER_NAMES),
                present=("timestamp", "properties"),
            )
            for name in names
        ]
    except NotDerivableError:
        return []


def _other_spelling(name: str) -> str:
    """The usual other spelling: `orderId`, `Total`."""
    camel = to_camel(name)
    return camel if camel != name else name.capitalize()
