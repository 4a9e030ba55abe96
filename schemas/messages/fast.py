"""A faster decoder for track events, derived from the contracts.

A reading (`schemas.messages.reading`) accepts whatever this decoder accepts, with the same content.
It also reads what this decoder refuses: a number as text, a model with a validator of its own, a
message that is no track event, and a time that must be corrected. A test compares the two. The
worker checks what types alone can't show: placeholder ids and addresses.

If a field that decides is absent, it may stand under another name. So `TrackEvents` takes only
messages that have all of these fields, and `read_sparse_event` looks at all names first. Of side
fields and of a second id, `TrackEvents` sees only usual spellings (`productId`, `user_id`), and in
the products of an order no other spelling is seen: to look for all would slow down every message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
from schemas.messages.reading.plain_names import LONGEST_NAMES, are_plain
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


@dataclass(frozen=True, slots=True)
class _Form:
    """Which messages a decoder takes."""

    more: tuple[_Field, ...] = ()
    """Fields beside those of the contract."""
    refused: tuple[str, ...] = ()
    """Names at the top level that it refuses."""
    is_sparse: bool = False
    """Whether fields that decide may be absent: somebody has looked at all names then."""


_USUAL: Final = _Form(refused=("sentAt", *_OTHER_NAMES))
_CORRECTED: Final = _Form(more=(("receivedAt", _TIME, msgspec.NODEFAULT),), refused=_OTHER_NAMES)
_SPARSE: Final = _Form(more=(("receivedAt", _TIME | None, None),), is_sparse=True)


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
    form, structs = _CORRECTED if corrected else _USUAL, list[type]()
    for model in track_models():
        structs.extend(_structs(model, known, form).values())
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
            if not value.isascii():
                value.decode()  # The decoder does not look at text that it ignores.
            return self._decode(value)
        event = content.get("event")
        found = self._types.get(event) if isinstance(event, str) else None
        return None if found is None else msgspec.convert(content, found)


def read_sparse_event(content: Json) -> Message | None:
    """Read a usual track event, in any currency, that may lack fields which may be absent.

    It returns None, or raises one of `NOT_USUAL`, for an object that is no usual one. The object
    is of strict JSON: it has no half of a pair of surrogates, and its numbers are finite.
    """
    event, properties = content.get("event"), content.get("properties")
    found = _sparse_types().get(event) if isinstance(event, str) else None
    if found is None or not isinstance(event, str):
        return None
    if None in content.values():
        content = _without_nulls(content)
    if properties is None:
        properties = {}
    elif not isinstance(properties, dict):
        return None
    elif None in properties.values():
        properties = _without_nulls(properties)
        content = content | {"properties": properties}
    outside, inside = tuple(content), tuple(properties)
    if len("".join(outside)) + len("".join(inside)) > LONGEST_NAMES:
        return None
    if not are_plain(event, outside, inside):
        return None
    return msgspec.convert(content, found)


def _without_nulls(place: Json) -> Json:
    return {name: value for name, value in place.items() if value is not None}


@cache
def _sparse_types() -> Mapping[str, type[Message]]:
    known: dict[Any, Any] = {ExternalId: NEVER}
    derive_struct(Context, known, refused=_OTHER_CONTEXT)
    types: dict[str, type[Message]] = {}
    for model in track_models():
        types |= _structs(model, known, _SPARSE)
    return types


def _structs(
    model: type[Message], known: dict[Any, Any], form: _Form
) -> Mapping[str, type[Message]]:
    """A Struct for each event name of a model; none if no Struct can be derived from it."""
    properties: Any = model.model_fields["properties"].annotation
    fields: Mapping[str, FieldInfo] = properties.model_fields
    deciding = [name for name, field in fields.items() if not is_side(field)]
    others = [_other_spelling(name) for name in fields if name in {*deciding, *_KEPT}]
    inner = dict(known)
    try:
        derive_struct(
            properties,
            inner,
            present=() if form.is_sparse else deciding,
            refused=() if form.is_sparse else others,
        )
        return {
            name: derive_struct(
                model,
                inner,
                tag=Tag("event", name),
                namespace={"profile": model.profile},
                more=form.more,
                refused=form.refused,
                present=() if form.is_sparse else ("timestamp", "properties"),
            )
            for name in get_args(model.model_fields["event"].annotation)
        }
    except NotDerivableError:
        return {}


def _other_spelling(name: str) -> str:
    """The usual other spelling: `orderId`, `Total`."""
    camel = to_camel(name)
    return camel if camel != name else name.capitalize()
