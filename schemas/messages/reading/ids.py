"""Ids: which are nobody's, and how e-mail addresses are names.

An id that is nobody's is what a program writes that has no id: under such a name all strangers
would become one customer. It is passed over if another name stands beside it; else the message is
refused.

Ids are compared as they were sent. E-mail addresses are compared without case and outer blanks, in
Unicode's form NFC.
"""

import re
from hashlib import sha256
from math import isfinite
from typing import Any, Final
from unicodedata import normalize

from schemas.messages.reading.json_text import Json, PassedOver
from schemas.messages.social import Network

_WORDS: Final = frozenset(
    {
        *("undefined", "null", "(null)", "<null>", "none", "nil", "<nil>", "nan", "void", "empty"),
        *("[object object]", "[object null]", "[object undefined]", "object object"),
        *("{}", "[]", "()", '""', "''", "-", "--", "_", "?", ".", "*", "#", "-1"),
        *("true", "false", "n/a", "na", "#n/a", "not set", "(not set)", "not available"),
        *("anonymous", "guest", "unknown", "not_authenticated", "unauthenticated"),
        *("anonymous_user", "guest_user", "unknown_user", "anonymous user", "guest user"),
        *("user_id", "userid", "distinct_id", "distinctid", "anonymous_id", "anonymousid"),
        *("0.0", "00000000-0000-0000-0000-000000000000"),
        *("undefined@undefined", "null@null", "none@none"),
    }
)
NOBODY: Final = _WORDS | {"0" * count for count in range(1, 37)}
"""Ids that are nobody's, in small letters. 0 is what WooCommerce calls every guest."""

NOBODYS_NAMES: Final = NOBODY | {f"{network}:{name}" for network in Network for name in NOBODY}
"""The names of profiles that are nobody's: ids and handles."""

NO_MESSAGE: Final = frozenset(
    {"undefined", "null", "None", "nil", "NaN", "[object Object]", "true", "false"}
)
"""What stands for a message id where there is none: else only the first message of all counted."""

LONGEST: Final = 256
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class NobodyError(ValueError):
    """A message whose only name is nobody's. The text says which."""

    def __init__(self, field: str) -> None:
        super().__init__(
            f"the message names nobody: {field} is an id that is nobody's, such as undefined, "
            "null or 0; give userId, anonymousId, or a social handle"
        )


def is_nobodys(said: object) -> bool:
    """True for an id that is nobody's, or is none at all: an object, a list, true, NaN."""
    if isinstance(said, str):
        return said.strip().lower() in NOBODY
    return is_no_id(said) or said in {0, -1}


def is_no_id(said: object) -> bool:
    """True for what is neither text nor a number: an object, a list, true, NaN."""
    if isinstance(said, str):
        return False
    if isinstance(said, bool) or not isinstance(said, int | float):
        return True
    return isinstance(said, float) and not isfinite(said)


def is_odd(name: str) -> bool:
    """True for an ASCII name that is nobody's, or an address in another form than is compared."""
    plain = name.strip().lower()
    return plain in NOBODYS_NAMES or ("@" in name and plain != name)


def as_name(said: str) -> str:
    """Return an id as the name of a profile: an e-mail address in the form that is compared."""
    if "@" not in said:
        return said
    address = normalize("NFC", normalize("NFC", said.strip()).lower())
    return address if _EMAIL.fullmatch(address) else said


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
    if said is None or said == "" or (isinstance(said, str) and said in NO_MESSAGE):
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
    if said is None or said == "":
        content.pop(name, None)
        return False
    if is_nobodys(said):
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
    said = external.get("id")
    if said is None or said == "" or is_nobodys(said):
        return True
    if isinstance(said, str):
        external["id"] = as_name(said)
    return False


def _set_handle(content: Json, pass_over: PassedOver, *, named: bool) -> bool | None:
    """Say whether a handle may name the profile, None if there is none.

    One that need not, and can't, is passed over.
    """
    properties = content.get("properties")
    if not isinstance(properties, dict) or properties.get("handle") is None:
        return None
    said = properties["handle"]
    if said != "" and not is_nobodys(said) and (not named or _is_readable(said)):
        return True
    del properties["handle"]
    pass_over("properties.handle")
    return False
