"""Ids: how they are names, and what becomes of those that are nobody's.

An id that is nobody's is passed over if another name stands beside it; else the message is refused.

Ids are compared as they were sent, but for what nobody sees. E-mail addresses are compared without
case and outer blanks, in Unicode's form NFC, and handles as `handles` says.
"""

import re
from hashlib import sha256
from typing import Any, Final, TypeGuard
from unicodedata import normalize

from schemas.messages.reading.handles import as_handle
from schemas.messages.reading.json_text import Json, PassedOver, says_nothing
from schemas.messages.reading.nobody import LONGEST, is_no_id, is_nobodys, visible
from schemas.messages.social import Network
from schemas.messages.spelling import NETWORKS, folded

NO_MESSAGE: Final = frozenset(
    {"undefined", "null", "None", "nil", "NaN", "[object Object]", "true", "false"}
)
"""What stands for a message id where there is none: else only the first message of all counted."""

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SHORT: Final = 4
_NETWORKS: Final = frozenset(network.value for network in Network)


class NobodyError(ValueError):
    """A message whose only name is nobody's. The text says which."""

    def __init__(self, field: str) -> None:
        super().__init__(
            f"the message names nobody: {field} is an id that is nobody's, such as undefined, "
            "null or 0; give userId, anonymousId, or a social handle"
        )


def is_odd(name: str) -> bool:
    """True for a name that a reading would refuse, pass over, or write in another form."""
    return name[:1] == "\0" or names_nobody(name) or as_name(name) != name


def names_nobody(said: object) -> bool:
    """True for an id that is nobody's, also as the handle in `network:handle`."""
    if is_nobodys(said):
        return True
    network, colon, handle = said.partition(":") if isinstance(said, str) else ("", "", "")
    return bool(colon) and network in _NETWORKS and _is_nobodys_handle(network, handle)


def as_name(said: str) -> str:
    """Return an id as the name of a profile: without what nobody sees.

    An e-mail address and the handle in `network:handle` have the form that is compared.
    """
    text = visible(said) or said
    network, colon, handle = text.partition(":")
    if colon and network in _NETWORKS:
        return f"{network}:{as_handle(network, handle) or handle}"
    if "@" not in text:
        return text
    address = normalize("NFC", normalize("NFC", text.strip()).lower())
    return address if _EMAIL.fullmatch(address) else text


def text_of_id(said: object) -> str | None:
    """An id as text, as the contract has it: 12.0 is 12. None if it is none."""
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    return str(int(said)) if isinstance(said, float) and said.is_integer() else str(said)


def set_message_id(content: Json, pass_over: PassedOver) -> None:
    """Leave out a message id that is none, and write one that is too long as its hash.

    By one that stands for none only the first of all messages would count. A hash is as good as
    what it is of: a retry has the same.
    """
    said = content.get("messageId")
    if says_nothing(said) or (isinstance(said, str) and said in NO_MESSAGE):
        content.pop("messageId", None)
        return
    text = None if is_no_id(said) else text_of_id(said)
    if text is None:
        del content["messageId"]
        pass_over("messageId")
    elif not _is_readable(text):
        hashed = sha256(text.encode(errors="surrogatepass")).hexdigest()
        content["messageId"] = f"sha256-{hashed}"


def set_ids(content: Json, pass_over: PassedOver) -> None:
    """Pass over the ids of a message that are nobody's, and write addresses as names.

    Raises:
        NobodyError: no name is left.
    """
    set_message_id(content, pass_over)
    nobodys = [name for name in ("userId", "anonymousId") if _is_left_out(content, name, pass_over)]
    if content.get("userId") is not None and not _is_readable(content.get("anonymousId", "")):
        del content["anonymousId"]
        pass_over("anonymousId")
    context = content.get("context")
    if isinstance(context, dict):
        _set_external(context, pass_over)
    if content.get("type") == "alias":
        _set_previous(content, pass_over)
        if nobodys[:1] == ["userId"]:
            raise NobodyError("userId")
    named = content.get("userId", content.get("anonymousId")) is not None
    handled = _set_handle(content, pass_over, named=named)
    if handled is False:
        nobodys.append("properties.handle")
    if nobodys and not named and not handled:
        raise NobodyError(nobodys[0])


def _is_left_out(content: Json, name: str, pass_over: PassedOver) -> bool:
    """Leave out an id that is nobody's, or write it as a name; say whether it was nobody's."""
    said = content.get(name)
    if says_nothing(said):
        content.pop(name, None)
        return False
    if names_nobody(said):
        del content[name]
        pass_over(name)
        return True
    if isinstance(said, str):
        content[name] = as_name(said)
    return False


def _is_readable(said: object) -> bool:
    """True for what the contract takes as an id of a person."""
    if not isinstance(said, str):
        return len(str(said)) <= LONGEST
    return len(said) <= LONGEST and not any("\ud800" <= sign <= "\udfff" for sign in said)


def _set_previous(content: Json, pass_over: PassedOver) -> None:
    """An alias without a previous id means its anonymous one, as in Segment's libraries."""
    nobodys = _is_left_out(content, "previousId", pass_over)
    if content.get("previousId") is None and content.get("anonymousId") is not None:
        content["previousId"] = content["anonymousId"]
    elif nobodys:
        raise NobodyError("previousId")


def _set_external(context: Json, pass_over: PassedOver) -> None:
    """`externalId` is RudderStack's own name for `externalIds`."""
    found: list[Any] = []
    for name in ("externalIds", "externalId"):
        said = context.pop(name, None)
        some = said if isinstance(said, list) else [said]
        for each in some:
            if isinstance(each, dict) and not _is_left_out_of(each):
                found.append(each)
            elif each is not None:
                pass_over("context.externalIds")
    if found:
        context["externalIds"] = found


def _is_left_out_of(external: Json) -> bool:
    """True if an external id is nobody's; else it is written as a name."""
    said, kind = external.get("id"), external.get("type")
    if says_nothing(said) or is_nobodys(said):
        return True
    network = _network_in(kind)
    if network is not None:
        external["type"] = network
        return _is_handle_left_out(external, "id", network)
    if isinstance(said, str):
        external["id"] = as_name(said)
    return False


def _network_in(kind: object) -> str | None:
    """The network that a type of external id names. A short one, such as `pin`, may be none."""
    if not isinstance(kind, str):
        return None
    network = NETWORKS.get(folded(kind))
    return network if network == folded(kind) or len(folded(kind)) > _SHORT else None


def _is_network(said: object) -> TypeGuard[str]:
    return isinstance(said, str) and said in _NETWORKS


def _is_handle_left_out(place: Json, name: str, network: str) -> bool:
    """Write a handle in the form that is compared; true if that is nobody's."""
    said = place[name]
    if not isinstance(said, str):
        return is_nobodys(said)
    if _is_nobodys_handle(network, said):
        return True
    place[name] = as_handle(network, said)
    return False


def _is_nobodys_handle(network: str, said: str) -> bool:
    return is_nobodys(said) or is_nobodys(as_handle(network, said))


def _set_handle(content: Json, pass_over: PassedOver, *, named: bool) -> bool | None:
    """Say whether a handle may name the profile, None if there is none.

    One that need not, and can't, is passed over.
    """
    properties = content.get("properties")
    if not isinstance(properties, dict) or properties.get("handle") is None:
        return None
    said, network = properties["handle"], properties.get("network")
    if named:
        if (said if isinstance(said, str) else not is_nobodys(said)) and _is_readable(said):
            return True
    elif not _is_network(network) or not _is_handle_left_out(properties, "handle", network):
        return True
    del properties["handle"]
    pass_over("properties.handle")
    return False
