"""The names of fields: a field is known by its name without case, blanks and signs.

`Total`, `t.o.t.a.l` and `TOTAL` are `total`; `userID` and `user_id` are `userId`. The names come
from the contracts. If a field was sent under two names, the contract's name wins, else the first.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from schemas.messages.catalogue import MODEL_OF
from schemas.messages.envelope import Context
from schemas.messages.reading.json_text import Json, PassedOver, is_absent
from schemas.messages.reading.passed_over import fields_of, model_in
from schemas.messages.reading.times import TIME_FIELDS
from schemas.messages.spelling import folded
from schemas.messages.traits import BIRTHDAY, CONSENT, TIME_ZONE

LONGEST_NAME: Final = 60
"""Characters. A longer name is not compared."""

folded_name: Final = lru_cache(maxsize=4096)(folded)
"""Of a name that is not too long: senders use the same ones over and over."""


class Names(NamedTuple):
    """The names of the fields of an object, and of the objects in them."""

    known: Mapping[str, str]
    """The contract's name, by the name without case and signs."""
    exact: frozenset[str]
    inner: Mapping[str, "Names"]


def _names(*exact: str, **inner: Names) -> Names:
    return Names({folded(name): name for name in exact}, frozenset(exact), inner)


def names_of(model: type[BaseModel], *more: str) -> Names:
    """The names in a contract, and `more` that a reading knows."""
    fields = fields_of(model)
    models = {name: model_in(field.annotation) for name, field in fields.items()}
    inner = {name: names_of(each) for name, each in models.items() if each is not None}
    return _names(*fields, *more, **inner)


NO_FIELDS: Final = _names()
TRAIT_NAMES: Final = _names(CONSENT, BIRTHDAY, TIME_ZONE)
ENVELOPE: Final = _names(
    *("type", "event", "properties", "consent", *TIME_FIELDS),
    *(name for model in MODEL_OF.values() for name in fields_of(model)),
    context=names_of(Context, "externalId", "traits", "consent"),
)
_ARRIVAL: Final = _names("type", "event", "messageId", *TIME_FIELDS)
PROPERTIES: Final[Mapping[str, Names]] = {
    event: names
    for event, model in MODEL_OF.items()
    if (names := names_of(model).inner.get("properties")) is not None
}


def set_arrival_names(content: Json) -> None:
    """Write the names that matter before a message is read as the contract has them.

    A second name of a field stays, for the reading.
    """
    for name in _other_names(content, _ARRIVAL):
        known = _ARRIVAL.known.get(folded_name(name))
        if known is not None and is_absent(content.get(known)):
            content[known] = content.pop(name)


def set_envelope_names(content: Json, pass_over: PassedOver) -> None:
    """Write the names at the top level, and in the context, as the contract has them."""
    set_names(content, ENVELOPE, "", pass_over)


def set_property_names(event: object, properties: Json, pass_over: PassedOver) -> None:
    """Write the names in the properties of an event as its contract has them."""
    names = PROPERTIES.get(event) if isinstance(event, str) else None
    if names is not None:
        set_names(properties, names, "properties.", pass_over)


def set_names(place: Json, names: Names, path: str, pass_over: PassedOver) -> None:
    """Write the names in an object as the contract has them. A field without a value is absent."""
    for name in _other_names(place, names):
        known = names.known.get(folded_name(name))
        if known is None or is_absent(value := place.pop(name)):
            continue
        if is_absent(place.get(known)):
            place[known] = value
        else:
            pass_over(f"{path}{name}")
    for name, inner in names.inner.items():
        inside: Any = place.get(name)
        for each in inside if isinstance(inside, list) else (inside,):
            if isinstance(each, dict):
                set_names(each, inner, f"{path}{name}.", pass_over)


def _other_names(place: Json, names: Names) -> list[str]:
    return [name for name in place if name not in names.exact and len(name) <= LONGEST_NAME]
