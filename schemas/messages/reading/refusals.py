"""Why a message is refused, in sentences that say what to write: the one place that words it.

What a library says of a value ("Field required") helps nobody who does not know the contract.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from schemas.messages.catalogue import MODEL_OF
from schemas.messages.envelope import Message
from schemas.messages.event_names import EVENT_NAMES
from schemas.messages.reading.amounts import TOTALS, sent_as
from schemas.messages.reading.json_text import Json, says_nothing
from schemas.messages.reading.near_names import field_outside_properties, instead_of

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
"""What is to be written into each field that decides."""

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

MOST: Final = 3
"""Faults of a message that are told."""


class Fault(NamedTuple):
    """What is wrong with a message."""

    kind: str
    """In pydantic's word."""
    where: str
    """The path of the field; empty if it is the type, and `event` if that."""
    detail: str
    """For people: what is wrong, and what to write. It repeats names that were sent, no values."""


def fault_of(error: ValidationError, said: Json) -> Fault:
    """The first fault of a message that can't be read, with a word on the next ones.

    Args:
        error: of a reading.
        said: the message as it came.
    """
    faults = error.errors(include_url=False)
    where = _path(faults[0])
    return Fault(
        faults[0]["type"], where, "; ".join(_sentence(each, said) for each in faults[:MOST])
    )


def _path(fault: ErrorDetails) -> str:
    loc = fault["loc"]
    tags = 2 if loc[:1] == ("track",) else 1
    path = ".".join(str(step) for step in loc[tags:])
    return "properties.score" if fault["type"] == "csat_score" else path


def _sentence(fault: ErrorDetails, said: Json) -> str:
    where, kind = _path(fault), fault["type"]
    field = where.rpartition(".")[2]
    problem = (
        "is negative" if _is_negative_total(kind, where) else _PROBLEMS.get(kind, _OTHER_PROBLEM)
    )
    start = f"{where}{_sent_as(where, said)} {problem}"
    if kind == "missing":
        hint = _hint(fault, field, said)
        if hint is not None:
            return f"{start}; {hint}"
    write = WRITE.get(field)
    return start if write is None else f"{start}: write {write}"


def _sent_as(where: str, said: Json) -> str:
    """The name under which a total was sent that can't be read, if it was another one."""
    properties, event = said.get("properties"), EVENT_NAMES.name_of(said.get("event")) or ""
    if where != "properties.total" or event not in TOTALS or not isinstance(properties, dict):
        return ""
    if not says_nothing(properties.get("total")):
        return ""
    name = sent_as(properties, TOTALS[event].names)
    return "" if name is None else f" (sent as `{name[:60]}`)"


def _is_negative_total(kind: str, where: str) -> bool:
    return kind == "greater_than_equal" and where == "properties.total"


def _hint(fault: ErrorDetails, field: str, said: Json) -> str | None:
    """What was sent instead, or at another place, of a field that is missing."""
    if field == "properties":
        inside = _required_in(_model_of(fault["loc"]))
        there = [name for name in inside if said.get(name) is not None]
        if there:
            return f"{_listed(there)} stand beside it: put them into it"
        return f"write an object with {_listed(inside)}"
    sent = fault["input"]
    name = instead_of(field, sent) if isinstance(sent, dict) else None
    if name is not None:
        return f"`{name}` was sent: write it as `{field}`"
    if len(fault["loc"]) > 2 and (name := field_outside_properties(field, said)) is not None:  # noqa: PLR2004 - tags
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
