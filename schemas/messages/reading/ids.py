"""The ids of a message: placeholders are left out, the others get the form that is compared.

A placeholder is ignored if the message has another id; else the message is refused.

Ids are compared as they were sent, without invisible characters. E-mail addresses are compared
without case and outer blanks, in Unicode's form NFC, and handles in the form of `handles`.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, TypeGuard
from unicodedata import normalize

from schemas.messages.catalogue import EVENT_TYPES, fields_of_properties
from schemas.messages.reading.handles import as_handle
from schemas.messages.reading.json_text import Json, PassedOver, is_absent
from schemas.messages.reading.placeholder_ids import (
    LONGEST_ID,
    is_no_id,
    is_placeholder,
    without_invisible,
)
from schemas.messages.social import Network
from schemas.messages.spelling import NETWORKS, folded

_RECORDS: Final = ("order_id", "refund_id", "ticket_id", "trigger_id")
ID_PROPERTIES: Final[Mapping[str, Mapping[str, bool]]] = {
    each.name: {
        name: field.is_required()
        for name, field in fields_of_properties(each).items()
        if name in _RECORDS
    }
    for each in EVENT_TYPES
}
"""By event: the properties that are ids of orders, refunds, tickets and triggers; if required."""

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SHORT: Final = 4
_NETWORKS: Final = frozenset(network.value for network in Network)


class PlaceholderIdError(ValueError):
    """A message says what it is about by a placeholder. The text names the field."""

    def __init__(self, name: str) -> None:
        what = name.removesuffix("_id")
        super().__init__(
            f"properties.{name} is no id of {'an' if what == 'order' else 'a'} {what}, but what a "
            f"program writes without one, such as undefined, 0 or {{{{{what}.id}}}}: write the "
            f"{what}'s own id, of 1 to 256 characters"
        )


class NoProfileError(ValueError):
    """The only id of a message is a placeholder. The text says which."""

    def __init__(self, field: str) -> None:
        super().__init__(
            f"the message names nobody: {field} is an id that is nobody's, such as undefined, "
            "null or 0; give userId, anonymousId, or a social handle"
        )


def set_property_ids(content: Json, pass_over: PassedOver) -> None:
    """Leave out placeholders among the ids of a refund or a ticket.

    Raises:
        PlaceholderIdError: a required id is one, that of an order or a trigger.
    """
    event, properties = content.get("event"), content.get("properties")
    if not isinstance(event, str) or not isinstance(properties, dict):
        return
    for name, is_required in ID_PROPERTIES.get(event, {}).items():
        value = properties.get(name)
        if is_absent(value) or is_no_id(value) or not is_placeholder(value):
            continue
        if is_required:
            raise PlaceholderIdError(name)
        del properties[name]
        pass_over(f"properties.{name}")


def needs_reading(name: str) -> bool:
    """True for an id that a reading would refuse, ignore, or change."""
    return name[:1] == "\0" or _is_placeholder_name(name) or as_name(name) != name


def _is_placeholder_name(value: object) -> bool:
    """True for a placeholder, also as the handle in `network:handle`."""
    if is_placeholder(value):
        return True
    network, colon, handle = value.partition(":") if isinstance(value, str) else ("", "", "")
    return bool(colon) and network in _NETWORKS and _is_placeholder_handle(network, handle)


def as_name(sent: str) -> str:
    """Return an id as the name of a profile: in the form in which it is compared.

    An e-mail address and the handle in `network:handle` have forms of their own.
    """
    text = without_invisible(sent) or sent
    network, colon, handle = text.partition(":")
    if colon and network in _NETWORKS:
        return f"{network}:{as_handle(network, handle) or handle}"
    if "@" not in text:
        return text
    address = normalize("NFC", normalize("NFC", text.strip()).lower())
    return address if _EMAIL.fullmatch(address) else text


def text_of_id(value: object) -> str | None:
    """An id as text, as the contract has it: 12.0 is 12. None if the value is no id."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def set_message_id(content: Json, pass_over: PassedOver) -> None:
    """Leave out a placeholder, and write a message id that is too long as its hash.

    A retry has the same hash, so it still counts once.
    """
    value = content.get("messageId")
    if is_absent(value) or (is_placeholder(value) and not is_no_id(value)):
        content.pop("messageId", None)
        return
    text = None if is_no_id(value) else text_of_id(value)
    if text is None:
        del content["messageId"]
        pass_over("messageId")
    elif not _is_readable(text):
        hashed = sha256(text.encode(errors="surrogatepass")).hexdigest()
        content["messageId"] = f"sha256-{hashed}"


def set_ids(content: Json, pass_over: PassedOver) -> None:
    """Pass over the placeholders among the ids of a message, and write the other ids as names.

    Raises:
        NoProfileError: no id is left.
    """
    set_message_id(content, pass_over)
    ids = ("userId", "anonymousId")
    placeholders = [name for name in ids if _is_left_out(content, name, pass_over)]
    if content.get("userId") is not None and not _is_readable(content.get("anonymousId", "")):
        del content["anonymousId"]
        pass_over("anonymousId")
    context = content.get("context")
    if isinstance(context, dict):
        _set_external(context, pass_over)
    if content.get("type") == "alias":
        _set_previous(content, pass_over)
        if placeholders[:1] == ["userId"]:
            raise NoProfileError("userId")
    named = content.get("userId", content.get("anonymousId")) is not None
    handled = _set_handle(content, pass_over, named=named)
    if handled is False:
        placeholders.append("properties.handle")
    if placeholders and not named and not handled:
        raise NoProfileError(placeholders[0])


def _is_left_out(content: Json, name: str, pass_over: PassedOver) -> bool:
    """Leave out a placeholder, or write the id as a name; return whether it was a placeholder."""
    value = content.get(name)
    if is_absent(value):
        content.pop(name, None)
        return False
    if _is_placeholder_name(value):
        del content[name]
        pass_over(name)
        return True
    if isinstance(value, str):
        content[name] = as_name(value)
    return False


def _is_readable(value: object) -> bool:
    """True for a value that the contract takes as a person's id."""
    if not isinstance(value, str):
        return len(str(value)) <= LONGEST_ID
    return len(value) <= LONGEST_ID and not any("\ud800" <= sign <= "\udfff" for sign in value)


def _set_previous(content: Json, pass_over: PassedOver) -> None:
    """An alias without a previous id means its anonymous one, as in Segment's libraries."""
    was_placeholder = _is_left_out(content, "previousId", pass_over)
    if content.get("previousId") is None and content.get("anonymousId") is not None:
        content["previousId"] = content["anonymousId"]
    elif was_placeholder:
        raise NoProfileError("previousId")


def _set_external(context: Json, pass_over: PassedOver) -> None:
    """`externalId` is RudderStack's own name for `externalIds`."""
    found: list[Any] = []
    for name in ("externalIds", "externalId"):
        value = context.pop(name, None)
        some = value if isinstance(value, list) else [value]
        for each in some:
            if isinstance(each, dict) and not _is_left_out_of(each):
                found.append(each)
            elif each is not None:
                pass_over("context.externalIds")
    if found:
        context["externalIds"] = found


def _is_left_out_of(external: Json) -> bool:
    """Write an external id as a name; return True if it is a placeholder."""
    value, kind = external.get("id"), external.get("type")
    if is_absent(value) or is_placeholder(value):
        return True
    network = _network_in(kind)
    if network is not None:
        external["type"] = network
        return _is_handle_left_out(external, "id", network)
    if isinstance(value, str):
        external["id"] = as_name(value)
    return False


def _network_in(kind: object) -> str | None:
    """The network that a type of external id names. A short type, such as `pin`, may be none."""
    if not isinstance(kind, str):
        return None
    network = NETWORKS.get(folded(kind))
    return network if network == folded(kind) or len(folded(kind)) > _SHORT else None


def _is_network(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value in _NETWORKS


def _is_handle_left_out(place: Json, name: str, network: str) -> bool:
    """Write a handle in the form that is compared; return True if it is a placeholder."""
    value = place[name]
    if not isinstance(value, str):
        return is_placeholder(value)
    if _is_placeholder_handle(network, value):
        return True
    place[name] = as_handle(network, value)
    return False


def _is_placeholder_handle(network: str, handle: str) -> bool:
    return is_placeholder(handle) or is_placeholder(as_handle(network, handle))


def _set_handle(content: Json, pass_over: PassedOver, *, named: bool) -> bool | None:
    """Return whether the handle may name the profile; None if the message has no handle.

    An unreadable handle is ignored if the message has another id.
    """
    properties = content.get("properties")
    if not isinstance(properties, dict) or properties.get("handle") is None:
        return None
    value, network = properties["handle"], properties.get("network")
    if named:
        if (value if isinstance(value, str) else not is_placeholder(value)) and _is_readable(value):
            return True
    elif not _is_network(network) or not _is_handle_left_out(properties, "handle", network):
        return True
    del properties["handle"]
    pass_over("properties.handle")
    return False
