"""Why a message is refused, in sentences that say what to write: the only place that words them.

A library's own text ("Field required") helps nobody who does not know the contract. A field that
was sent under a near name is named, but not read: a sender of `id` may mean another id.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from schemas.messages.catalogue import MODEL_OF, ORDER_COMPLETED
from schemas.messages.envelope import Message
from schemas.messages.event_names import EVENT_NAMES
from schemas.messages.reading.amounts import TOTALS, sent_as
from schemas.messages.reading.json_text import Json, is_absent
from schemas.messages.reading.placeholder_ids import is_placeholder
from schemas.messages.spelling import folded

_ID: Final = "an id of 1 to 256 characters, as text or a number"
WRITE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("messageId", "userId", "anonymousId", "previousId"), _ID),
    **dict.fromkeys(("order_id", "refund_id", "trigger_id", "ticket_id", "handle"), _ID),
    "timestamp": "a time with its zone, such as 2026-11-20T10:15:00Z",
    "total": "a number from 0 on, such as 59.90, without a currency and without thousands signs",
    "currency": "a code of ISO 4217, such as EUR",
    "rating": "a number from 1 to 5",
    "survey": "nps or csat",
    "score": "a number: of nps from 0 to 10, of csat from 1 to 5",
    "network": "the social network, such as instagram, or other",
    "sentiment": "a number from -1 to 1",
    "purpose": "all, or leave it out: a word on one purpose is consent, see identify",
    "properties": "an object",
}
"""What to write into each field that decides."""

_PROBLEMS: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "string_too_long": "is too long",
    "greater_than_equal": "is out of range",
    "less_than_equal": "is out of range",
    "less_than": "is out of range",
    "csat_score": "is out of range",
    "finite_number": "is NaN or infinite",
    "literal_error": "is none of those that are known",
    "enum": "is none of those that are known",
}
_OTHER_PROBLEM: Final = "can't be read"

_MOST_FAULTS: Final = 3
"""Faults of a message that its refusal names."""

OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "order_id": ("order", "id", "ordernumber", "orderno", "orderref", "ordername", "transactionid"),
    "total": (*TOTALS[ORDER_COMPLETED.name].names, "amount", "price", "sum", "subtotal"),
    "rating": ("stars", "score", "ratingvalue", "starrating"),
    "score": ("rating", "value", "answer", "npsscore", "csatscore", "nps", "csat"),
    "survey": ("surveytype", "type", "kind", "surveyname", "name"),
    "network": ("platform", "source", "socialnetwork", "channel", "provider", "medium"),
    "trigger_id": ("trigger", "id"),
    "previousId": ("previous", "oldid", "from", "fromid", "aliasid"),
    "userId": ("user", "customerid", "customer", "clientid", "memberid", "to", "id"),
}
"""Other names of a field, without case and signs; the likeliest first."""

_PERSONS: Final = (
    *("userid", "customerid", "customer", "customernumber", "memberid", "clientid", "contactid"),
    *("anonymousid", "visitorid", "deviceid", "sessionid"),
)
_EMAILS: Final = ("email", "emailaddress", "mail", "customeremail", "useremail")

_LONGEST_SHOWN: Final = 60
"""Characters of a name that is repeated in a refusal."""
_MOST_COMPARED: Final = 100
"""Fields of an object."""
_CLOSE: Final = 0.8
"""How close a name must be: 1 is the same."""


class Fault(NamedTuple):
    """What is wrong with a message."""

    kind: str
    """Pydantic's word for it."""
    where: str
    """The path of the field; empty for the type."""
    detail: str
    """For people: what is wrong, and what to write. It repeats names that were sent, no values."""


def fault_of(error: ValidationError, message: Json) -> Fault:
    """The first fault of a message that can't be read; its detail names the next ones, too.

    Args:
        error: from `read_message`.
        message: as it was sent.
    """
    faults = error.errors(include_url=False)
    where = _path(faults[0])
    detail = "; ".join(_sentence(each, message) for each in faults[:_MOST_FAULTS])
    return Fault(faults[0]["type"], where, detail)


def _path(fault: ErrorDetails) -> str:
    loc = fault["loc"]
    tags = 2 if loc[:1] == ("track",) else 1
    path = ".".join(str(step) for step in loc[tags:])
    return "properties.score" if fault["type"] == "csat_score" else path


def _sentence(fault: ErrorDetails, message: Json) -> str:
    where, kind = _path(fault), fault["type"]
    field = where.rpartition(".")[2]
    problem = (
        "is negative" if _is_negative_total(kind, where) else _PROBLEMS.get(kind, _OTHER_PROBLEM)
    )
    start = f"{where}{_sent_as(where, message)} {problem}"
    if kind == "missing":
        hint = _hint(fault, field, message)
        if hint is not None:
            return f"{start}; {hint}"
    write = WRITE.get(field)
    return start if write is None else f"{start}: write {write}"


def _sent_as(where: str, message: Json) -> str:
    """The other name under which an unreadable total was sent; else empty."""
    properties, event = message.get("properties"), EVENT_NAMES.name_of(message.get("event")) or ""
    if where != "properties.total" or event not in TOTALS or not isinstance(properties, dict):
        return ""
    if not is_absent(properties.get("total")):
        return ""
    name = sent_as(properties, ("total", *TOTALS[event].names))
    return "" if name is None else f" (sent as `{name[:60]}`)"


def _is_negative_total(kind: str, where: str) -> bool:
    return kind == "greater_than_equal" and where == "properties.total"


def _hint(fault: ErrorDetails, field: str, message: Json) -> str | None:
    """What was sent instead of a missing field, or at another place."""
    if field == "properties":
        inside = _required_in(_model_of(fault["loc"]))
        there = [name for name in inside if message.get(name) is not None]
        if there:
            return f"{_listed(there)} stand beside it: put them into it"
        return f"write an object with {_listed(inside)}"
    sent = fault["input"]
    name = _instead_of(field, sent) if isinstance(sent, dict) else None
    if name is not None:
        return f"`{name}` was sent: write it as `{field}`"
    if len(fault["loc"]) > 2 and (name := _outside_properties(field, message)) is not None:  # noqa: PLR2004 - tags
        return f"`{name}` was sent beside properties: write it into them, as `{field}`"
    return None


def _model_of(loc: tuple[int | str, ...]) -> type[Message] | None:
    return next((MODEL_OF[str(step)] for step in loc[:2] if str(step) in MODEL_OF), None)


def _required_in(model: type[Message] | None) -> list[str]:
    inner: Any = None if model is None else model.model_fields["properties"].annotation
    fields: Mapping[str, FieldInfo] = getattr(inner, "model_fields", {})
    return [name for name, field in fields.items() if field.is_required()]


def _listed(names: list[str]) -> str:
    return " and ".join(names)


def _instead_of(field: str, sent: Json) -> str | None:
    """The name near to that of a field under which something was sent."""
    known = {folded(name): name for name in _names_in(sent) if not is_absent(sent[name])}
    for name in (folded(field), *OTHER_NAMES.get(field, ())):
        if name in known:
            return known[name][:_LONGEST_SHOWN]
    close = get_close_matches(folded(field), known, n=1, cutoff=_CLOSE)
    return known[close[0]][:_LONGEST_SHOWN] if close else None


def _outside_properties(field: str, message: Json) -> str | None:
    """The name under which a property was sent beside the properties."""
    wanted = folded(field)
    found = (name[:_LONGEST_SHOWN] for name in _names_in(message) if folded(name) == wanted)
    return next(found, None)


def person_hint(message: Json) -> str:
    """How to name the customer of a message without a profile, by what was sent; else empty."""
    places = [*_places(message)]
    for known, advice in (
        (_PERSONS, "if that names the customer, write it as `userId`"),
        (_EMAILS, "if your customers are known by their addresses, write it as `userId`"),
    ):
        for path, place in places:
            sent = {folded(name): name for name in _names_in(place)}
            for name in known:
                value = place[sent[name]] if name in sent else ""
                if value != "" and not is_placeholder(value):
                    return f"; `{path}{sent[name][:_LONGEST_SHOWN]}` was sent: {advice}"
    return ""


def _places(message: Json) -> Iterator[tuple[str, Json]]:
    """The message, and the objects in it that may name a customer."""
    yield "", message
    context = message.get("context")
    inner = (message.get("traits"), message.get("properties"), context)
    for path, place in zip(("traits.", "properties.", "context."), inner, strict=True):
        if isinstance(place, dict):
            yield path, place
    if isinstance(context, dict) and isinstance(context.get("traits"), dict):
        yield "context.traits.", context["traits"]
    properties = message.get("properties")
    for name in ("customer", "user"):
        inside = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(inside, dict):
            yield f"properties.{name}.", inside


def _names_in(sent: Json) -> Iterable[str]:
    return list(sent)[:_MOST_COMPARED]
