"""A faster decoder for track events, derived from the contracts.

A reading (`schemas.messages.reading`) accepts whatever this decoder accepts, with the same content.
It also reads what this decoder refuses: a number as text, a model with a validator of its own, a
message that is no track event, a time that must be corrected. A test compares the two. The worker
checks what types alone can't show: placeholder ids, addresses, and times under other names.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args

import msgspec

from schemas.derive import NotDerivableError, Tag, derive_struct
from schemas.messages.catalogue import track_models
from schemas.messages.envelope import Context, ExternalId, Message
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


_TIME: Any = Annotated[datetime, msgspec.Meta(tz=True)]
_Field = tuple[str, Any, Any]


def track_event_decoder(
    currency: str | None = None, *, corrected: bool = False
) -> msgspec.json.Decoder[Message]:
    """Return a decoder of track events: its results have the attributes of the pydantic models.

    It raises msgspec's errors.

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
