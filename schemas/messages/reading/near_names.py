"""Names of fields that were sent, and are near to the one that is missing.

They are named in a refusal, and not read: who wrote `id` may mean another one.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from schemas.messages.catalogue import ORDER_COMPLETED
from schemas.messages.reading.amounts import TOTALS
from schemas.messages.reading.json_text import Json, says_nothing
from schemas.messages.reading.nobody import is_nobodys
from schemas.messages.spelling import folded

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
"""What others call a field, without case and signs; the likeliest first."""

_PERSONS: Final = (
    *("userid", "customerid", "customer", "customernumber", "memberid", "clientid", "contactid"),
    *("anonymousid", "visitorid", "deviceid", "sessionid"),
)
_EMAILS: Final = ("email", "emailaddress", "mail", "customeremail", "useremail")

_LONGEST: Final = 60
_MOST: Final = 100
"""Fields that are compared: of more nobody would tell which is meant."""
_CLOSE: Final = 0.8


def instead_of(field: str, sent: Json) -> str | None:
    """The field that was sent under a name near to this one."""
    known = {folded(name): name for name in _names_in(sent) if not says_nothing(sent[name])}
    for name in (folded(field), *OTHER_NAMES.get(field, ())):
        if name in known:
            return known[name][:_LONGEST]
    close = get_close_matches(folded(field), known, n=1, cutoff=_CLOSE)
    return known[close[0]][:_LONGEST] if close else None


def field_outside_properties(field: str, said: Json) -> str | None:
    """The field of a message itself that should be among its properties."""
    wanted = folded(field)
    return next((name[:_LONGEST] for name in _names_in(said) if folded(name) == wanted), None)


def person_hint(said: Json) -> str:
    """How to name the person of a message that names nobody, by what was sent; empty if unknown."""
    places = [*_places(said)]
    for known, advice in (
        (_PERSONS, "if that names the customer, write it as `userId`"),
        (_EMAILS, "if your customers are known by their addresses, write it as `userId`"),
    ):
        for path, place in places:
            sent = {folded(name): name for name in _names_in(place)}
            for name in known:
                said_there = place[sent[name]] if name in sent else ""
                if said_there != "" and not is_nobodys(said_there):
                    return f"; `{path}{sent[name][:_LONGEST]}` was sent: {advice}"
    return ""


def _places(said: Json) -> Iterator[tuple[str, Json]]:
    """The message, and the objects in it that may tell of a person."""
    yield "", said
    context = said.get("context")
    inner = (said.get("traits"), said.get("properties"), context)
    for path, place in zip(("traits.", "properties.", "context."), inner, strict=True):
        if isinstance(place, dict):
            yield path, place
    if isinstance(context, dict) and isinstance(context.get("traits"), dict):
        yield "context.traits.", context["traits"]
    properties = said.get("properties")
    for name in ("customer", "user"):
        inside = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(inside, dict):
            yield f"properties.{name}.", inside


def _names_in(sent: Json) -> Iterable[str]:
    return list(sent)[:_MOST]
