"""Near names: an optional field that decides was sent under a name that is not its own.

To take such a field as absent would be silent. If the message would then mean more than its sender
said (a refund of the whole order, all complaints, all purposes, another currency), it is refused.
Else it is taken, and the other name is passed over.

A name is near to a field if it is in the field's table, or nearly spelled as the field. Names are
compared without case and signs. A value without content, such as an empty list, says nothing.
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, Final, NamedTuple

from schemas.messages.catalogue import (
    COMPLAINT_RESOLVED,
    CUSTOMER_UNSUPPRESSED,
    IDENTIFY,
    ORDER_COMPLETED,
    ORDER_REFUNDED,
    ORDER_UPDATED,
    SOCIAL_EVENTS,
)
from schemas.messages.reading.field_names import LONGEST_NAME
from schemas.messages.reading.json_text import Json, PassedOver, is_absent
from schemas.messages.reading.refund_parts import names_part
from schemas.messages.spelling import PURPOSES, folded, word

_MOST_COMPARED: Final = 100
"""Fields of an object."""
_CLOSE: Final = 0.8
"""How close the spelling of a name must be: 1 is the same."""


class UnclearFieldError(ValueError):
    """A field that decides may stand under another name. The text says what to write."""


class _Near(NamedTuple):
    """The near names of a field."""

    field: str
    names: frozenset[str]
    """Without case and signs."""
    stems: tuple[str, ...] = ()
    """Parts of names: each name with one of them is near."""
    write: str = ""
    """What the sender should write; empty if the message is taken."""

    def has(self, name: str) -> bool:
        """True for a near name."""
        plain = folded(name) if len(name) <= LONGEST_NAME else ""
        if not plain:
            return False
        if plain in self.names or any(stem in plain for stem in self.stems):
            return True
        own = folded(self.field)
        return abs(len(own) - len(plain)) <= 2 and _closeness(own, plain) >= _CLOSE  # noqa: PLR2004


_CURRENCY: Final = _Near(
    "currency",
    frozenset({"ccy", "cur", "iso", "isocode", "iso4217", "waehrung", "währung", "devise"}),
    ("currenc", "waehrung", "währung"),
    "the currency of the total as currency; leave both out for the usual one",
)
_PURPOSE: Final = _Near(
    "purpose",
    frozenset(
        {
            *("channel", "channels", "list", "lists", "listid", "listids", "listname", "scope"),
            *("scopes", "category", "categories", "topic", "topics", "type", "types", "kind"),
            *("subscription", "subscriptions", "subscriptiontype", "subscriptiongroup"),
            *("subscriptiongroupid", "subscriptionid", "preference", "preferences", "group"),
            *("groups", "groupid", "groupids", "asmgroupid", "medium", "media", "target"),
            *("sms", "push", "whatsapp", "newsletter", "marketing", "audience", "segment"),
            *("zweck", "zwecke", "kanal", "kanaele", "kanäle", "liste", "listen"),
        }
    ),
    ("purpose", "zweck", "channel", "consenttype", "messagetype", "suppressiontype"),
    "purpose all, or nothing of both: a word on one purpose is consent, see identify",
)
_TICKET: Final = _Near(
    "ticket_id",
    frozenset(
        {
            *("ticket", "tickets", "case", "cases", "complaint", "complaints", "issue", "issues"),
            *("incident", "conversation", "request", "thread", "chat", "id", "ids", "key"),
            *("number", "no", "nr", "ref", "reference", "referenceid", "externalid", "ticketref"),
            *("fall", "vorgang", "beschwerde", "anfrage", "nummer", "reklamation"),
        }
    ),
    (
        *("ticketid", "ticketn", "ticketref", "ticketkey", "ticketcode", "caseid", "casen"),
        *("caseref", "complaintid", "complaintn", "complaintref", "issueid", "issuen", "issuekey"),
        *("issueref", "incidentid", "incidentn", "conversationid", "requestid", "requestnumber"),
        *("threadid", "chatid", "nummer", "vorgangs", "fallid"),
    ),
    "which complaint it is as ticket_id; leave both out for all complaints of the customer",
)
_REFUND_ID: Final = _Near(
    "refund_id",
    frozenset(
        {
            *("id", "refund", "refundno", "refundnr", "refundref", "refundkey", "transactionid"),
            *("refundreference", "refundnumber", "refundids", "refundtransactionid", "returnid"),
            *("creditmemo", "creditmemoid", "creditnote", "creditnoteid", "creditnotenumber"),
            *("rma", "rmaid", "rmanumber", "erstattungsid", "gutschriftsnummer", "gutschriftid"),
        }
    ),
)
_SENTIMENT: Final = _Near(
    "sentiment",
    frozenset({"mood", "polarity", "tone", "tonality", "emotion", "score", "stimmung"}),
    ("sentiment",),
)
_TIMESTAMP: Final = _Near(
    "timestamp",
    frozenset(
        {
            *("time", "date", "datetime", "ts", "at", "when", "timestamp", "created", "createdat"),
            *("createdtime", "createdon", "creationdate", "datecreated", "datecreatedgmt"),
            *("datecompleted", "datepaid", "occurredat", "occurred", "happenedat", "eventtime"),
            *("eventtimestamp", "eventdate", "clienttimestamp", "clienttime", "localtime"),
            *("orderdate", "ordertime", "orderedat", "ordercreatedat", "placedat", "purchasedat"),
            *("purchasedate", "processedat", "completedat", "updatedat", "refundedat"),
            *("canceledat", "cancelledat", "resolvedat", "submittedat", "viewedat", "unixtime"),
            *("triggeredat", "eventtimestampmicros", "timestampmicros", "timestampms", "epoch"),
            *("datum", "zeit", "uhrzeit", "zeitpunkt", "zeitstempel", "bestelldatum"),
        }
    ),
)
_TRAITS: Final = _Near(
    "traits",
    frozenset(
        {
            *("usertraits", "customertraits", "attributes", "userattributes", "customattributes"),
            *("customerattributes", "userproperties", "customproperties", "profile", "userdata"),
            *("personproperties", "profileattributes", "merkmale", "eigenschaften"),
        }
    ),
)

_REFUSED: Final[Mapping[str, _Near]] = {
    ORDER_COMPLETED.name: _CURRENCY,
    ORDER_UPDATED.name: _CURRENCY,
    ORDER_REFUNDED.name: _CURRENCY,
    COMPLAINT_RESOLVED.name: _TICKET,
    CUSTOMER_UNSUPPRESSED.name: _PURPOSE,
}
_PASSED_OVER: Final[Mapping[str, _Near]] = {
    ORDER_REFUNDED.name: _REFUND_ID,
    **dict.fromkeys(SOCIAL_EVENTS, _SENTIMENT),
}


def set_near_names(content: Json, pass_over: PassedOver) -> None:
    """Pass over what was sent under a near name, or refuse the message if it would mean more.

    Raises:
        UnclearFieldError: an optional field that decides may stand under another name.
    """
    event, properties = content.get("event"), content.get("properties", {})
    inside = properties if isinstance(properties, dict) else {}
    if content.get("type") == "track" and isinstance(event, str):
        _refuse_part(event, content, inside)
        _leave_out_amounts(event, inside, pass_over)
        _refuse_near(event, content, inside)
        if (near := _PASSED_OVER.get(event)) is not None and is_absent(inside.get(near.field)):
            _leave_out(inside, near, "properties.", pass_over)
    if is_absent(content.get("timestamp")):
        _leave_out(content, _TIMESTAMP, "", pass_over)
        _leave_out(inside, _TIMESTAMP, "properties.", pass_over)
    if content.get("type") == IDENTIFY:
        _leave_out(content, _TRAITS, "", pass_over)


def canonical(path: str) -> str | None:
    """The path of the field to which a name that was passed over is near; None if to none."""
    start, _, name = path.rpartition(".")
    if start == "properties":
        for near in (_SENTIMENT, _REFUND_ID):
            if near.has(name):
                return f"properties.{near.field}"
    nears = (_TRAITS, _TIMESTAMP)
    return next((near.field for near in nears if near.has(name)), None)


def _refuse_part(event: str, content: Json, properties: Json) -> None:
    """A refund without a total is of the whole order, so it must not name a part of it."""
    if event != ORDER_REFUNDED.name or not is_absent(properties.get("total")):
        return
    write = (
        "write what is given back as total, or price and quantity of each product as products; "
        "leave all of them out for the whole order"
    )
    for name, value in _sent(properties):
        if names_part(name, value):
            msg = f"properties.total is missing, and `{_cut(name)}` may name a part: {write}"
            raise UnclearFieldError(msg)
    for name in ("total", "products"):
        _refuse_beside(name, content, write)


def _leave_out_amounts(event: str, properties: Json, pass_over: PassedOver) -> None:
    """An edit without a total changes nothing."""
    if event == ORDER_UPDATED.name and is_absent(properties.get("total")):
        for name in [name for name, value in _sent(properties) if names_part(name, value)]:
            del properties[name]
            pass_over(f"properties.{_cut(name)}")


def _refuse_near(event: str, content: Json, properties: Json) -> None:
    near = _REFUSED.get(event)
    if near is None or not is_absent(properties.get(near.field)):
        return
    if near is _CURRENCY and is_absent(properties.get("total")):
        return
    for name, value in _sent(properties):
        if near.has(name) and not (near is _PURPOSE and _means_all(value)):
            msg = (
                f"properties.{near.field} is missing, and `{_cut(name)}` may mean it: write "
                f"{near.write}"
            )
            raise UnclearFieldError(msg)
    _refuse_beside(near.field, content, f"write {near.write}")


def _refuse_beside(field: str, content: Json, write: str) -> None:
    for name, _ in _sent(content):
        if folded(name) == folded(field):
            msg = f"properties.{field} is missing; `{_cut(name)}` was sent beside properties: "
            raise UnclearFieldError(msg + write)


def _leave_out(place: Json, near: _Near, path: str, pass_over: PassedOver) -> None:
    for name in [name for name, _ in _sent(place) if name != near.field and near.has(name)]:
        del place[name]
        pass_over(f"{path}{name}")


def _sent(place: Json) -> Iterator[tuple[str, Any]]:
    """What was sent with a content: an empty list says as little as a null."""
    some = islice(place.items(), _MOST_COMPARED)
    return ((name, value) for name, value in some if value not in (None, "", [], {}))


def _means_all(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(each, str) and word(each, PURPOSES) == "all" for each in values)


def _closeness(one: str, other: str) -> float:
    return SequenceMatcher(None, other, one).ratio()


def _cut(name: str) -> str:
    return name[:LONGEST_NAME]
