"""Near names: an optional field that decides was sent under a name that is not its own.

To take such a field as absent would be silent. If the message would then mean more than its sender
said (a refund of the whole order, all complaints, all purposes, another currency), it is refused.
Else it is taken, and the other name is ignored.

A name is near to a field if it is in the field's table, or nearly spelled as the field. Names are
compared without case and signs. A value without content, such as an empty list, says nothing.
"""

from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from schemas.messages.catalogue import (
    COMPLAINT_RESOLVED,
    CUSTOMER_UNSUPPRESSED,
    IDENTIFY,
    ORDER_COMPLETED,
    ORDER_REFUNDED,
    ORDER_UPDATED,
    SOCIAL_EVENTS,
)
from schemas.messages.reading.field_names import (
    ENVELOPE,
    LONGEST_NAME,
    NO_FIELDS,
    PROPERTIES,
    Names,
    folded_name,
)
from schemas.messages.reading.json_text import Json, PassedOver, is_absent
from schemas.messages.reading.refund_parts import names_part
from schemas.messages.spelling import PURPOSES, word

_MOST_COMPARED: Final = 100
"""Fields of an object."""
_CLOSE: Final = 0.8
"""How close the spelling of a name must be: 1 is the same."""
_MOST_SIGNS: Final = 2
"""By so many signs a close name is longer or shorter."""


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
        plain = folded_name(name) if len(name) <= LONGEST_NAME else ""
        if not plain:
            return False
        if plain in self.names or any(stem in plain for stem in self.stems):
            return True
        return _is_close(plain, folded_name(self.field))


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


class _Sent(NamedTuple):
    """An object of a message."""

    content: Json
    others: Json
    """What is in it beside the fields of the contract, if it says something."""


def set_near_names(content: Json, pass_over: PassedOver) -> None:
    """Pass over what was sent under a near name, or refuse the message if it would mean more.

    Raises:
        UnclearFieldError: an optional field that decides may stand under another name.
    """
    event, properties = content.get("event"), content.get("properties", {})
    outside = _Sent(content, _others(content, ENVELOPE))
    names = PROPERTIES.get(event, NO_FIELDS) if isinstance(event, str) else NO_FIELDS
    in_it = properties if isinstance(properties, dict) else {}
    inside = _Sent(in_it, _others(in_it, names))
    if content.get("type") == "track" and isinstance(event, str):
        if event in (ORDER_REFUNDED.name, ORDER_UPDATED.name) and is_absent(in_it.get("total")):
            _set_parts(event, outside, inside, pass_over)
        _refuse_near(event, outside, inside)
        if (near := _PASSED_OVER.get(event)) is not None and is_absent(in_it.get(near.field)):
            _leave_out(inside, near, "properties.", pass_over)
    if is_absent(content.get("timestamp")):
        _leave_out(outside, _TIMESTAMP, "", pass_over)
        _leave_out(inside, _TIMESTAMP, "properties.", pass_over)
    if content.get("type") == IDENTIFY:
        _leave_out(outside, _TRAITS, "", pass_over)


def canonical(path: str) -> str | None:
    """The path of the field to which a name that was ignored is near; None if to none."""
    start, _, name = path.rpartition(".")
    if start == "properties":
        for near in (_SENTIMENT, _REFUND_ID):
            if near.has(name):
                return f"properties.{near.field}"
    nears = (_TRAITS, _TIMESTAMP)
    return next((near.field for near in nears if near.has(name)), None)


def _others(place: Json, names: Names) -> Json:
    """What is in an object beside the fields of its contract. An empty list says nothing."""
    others = ((name, value) for name, value in place.items() if name not in names.exact)
    some = islice(others, _MOST_COMPARED)
    return {name: value for name, value in some if value not in (None, "", [], {})}


def _set_parts(event: str, outside: _Sent, inside: _Sent, pass_over: PassedOver) -> None:
    """A refund without a total is of the whole order, so it must not name a part of it.

    An edit without a total changes nothing, whatever it names.
    """
    write = (
        "write what is given back as total, or price and quantity of each product as products; "
        "leave all of them out for the whole order"
    )
    for name in [name for name, value in inside.others.items() if names_part(name, value)]:
        if event == ORDER_REFUNDED.name:
            msg = f"properties.total is missing, and `{_cut(name)}` may name a part: {write}"
            raise UnclearFieldError(msg)
        del inside.content[name]
        pass_over(f"properties.{_cut(name)}")
    if event == ORDER_REFUNDED.name:
        _refuse_beside("total", outside, write)
        _refuse_beside("products", outside, write)


def _refuse_near(event: str, outside: _Sent, inside: _Sent) -> None:
    near = _REFUSED.get(event)
    if near is None or not is_absent(inside.content.get(near.field)):
        return
    if near is _CURRENCY and is_absent(inside.content.get("total")):
        return
    for name, value in inside.others.items():
        if near.has(name) and not (near is _PURPOSE and _means_all(value)):
            msg = (
                f"properties.{near.field} is missing, and `{_cut(name)}` may mean it: write "
                f"{near.write}"
            )
            raise UnclearFieldError(msg)
    _refuse_beside(near.field, outside, f"write {near.write}")


def _refuse_beside(field: str, outside: _Sent, write: str) -> None:
    for name in outside.others:
        if len(name) <= LONGEST_NAME and folded_name(name) == folded_name(field):
            msg = f"properties.{field} is missing; `{name}` was sent beside properties: {write}"
            raise UnclearFieldError(msg)


def _leave_out(sent: _Sent, near: _Near, path: str, pass_over: PassedOver) -> None:
    for name in sent.others:
        if near.has(name) and name in sent.content:
            del sent.content[name]
            pass_over(f"{path}{name}")


def _means_all(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(each, str) and word(each, PURPOSES) == "all" for each in values)


@lru_cache(maxsize=4096)
def _is_close(one: str, other: str) -> bool:
    lengths = abs(len(one) - len(other))
    return lengths <= _MOST_SIGNS and SequenceMatcher(None, one, other).ratio() >= _CLOSE


def _cut(name: str) -> str:
    return name[:LONGEST_NAME]
