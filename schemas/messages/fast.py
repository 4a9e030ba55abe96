"""A faster decoder for track events, derived from the contracts.

What it accepts, a reading (`schemas.messages.reading`) accepts with the same content; whatever it
refuses is read there (a number as text, a model with a validator of its own, a message that is no
track event, a time that is to be corrected). A test holds the two against each other. What it can't
see by types alone the worker looks at: ids that are nobody's, addresses, and times under other
names.
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
"""A type that no value has: where it stands, a message must be read in full."""


class _ToldEdit(EditProperties):
    """An edit that says its total; another may say it under another name."""

    total: Amount


class _ToldRefund(RefundProperties):
    """A refund that says its total; another may say it under another name, or by its products."""

    total: Amount


_TIME: Any = Annotated[datetime, msgspec.Meta(tz=True)]
_Field = tuple[str, Any, Any]


def track_event_decoder(
    currency: str | None = None, *, corrected: bool = False
) -> msgspec.json.Decoder[Message]:
    """Return a decoder of track events: its results have the attributes of the pydantic models.

    It raises msgspec's errors.

    Args:
        currency: in capitals; it knows no other then. To compare a few words is quicker than to
        match
            a pattern.
        corrected: take messages that say `receivedAt`, whose time is not to be corrected by
        `sentAt`.
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
    for model in track_models():
        structs.extend(_structs(model, known, more))
    union: Any = Union[tuple(structs)]  # noqa: UP007 - made at run time
    return msgspec.json.Decoder(union)


def _structs(model: type[Message], known: dict[Any, Any], more: _Field) -> list[type]:
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
