"""Handles: the name of a person on a social network, in the form in which it is compared.

`@name`, `Name` and `https://www.instagram.com/name/` are one handle. All networks that we know
compare handles without case; on any other network case counts.
"""

import re
from collections.abc import Mapping
from typing import Final
from unicodedata import normalize
from urllib.parse import parse_qs, unquote, urlsplit

from schemas.messages.reading.placeholder_ids import without_invisible
from schemas.messages.social import Network

_HOSTS: Final[Mapping[str, tuple[str, ...]]] = {
    Network.LINKEDIN: ("linkedin.com",),
    Network.XING: ("xing.com",),
    Network.FACEBOOK: ("facebook.com", "fb.com", "fb.me"),
    Network.INSTAGRAM: ("instagram.com", "instagr.am"),
    Network.WHATSAPP: ("wa.me", "whatsapp.com"),
    Network.YOUTUBE: ("youtube.com",),
    Network.TIKTOK: ("tiktok.com",),
    Network.CLUBHOUSE: ("clubhouse.com", "joinclubhouse.com"),
    Network.SNAPCHAT: ("snapchat.com",),
    Network.PINTEREST: ("pinterest.com", "pinterest.de", "pinterest.co.uk", "pinterest.fr"),
    Network.X: ("x.com", "twitter.com"),
}
_BEFORE: Final[Mapping[str, tuple[str, ...]]] = {
    Network.LINKEDIN: ("in",),
    Network.XING: ("profile",),
    Network.YOUTUBE: ("channel",),
    Network.SNAPCHAT: ("add",),
}
"""The step before the name in the path of a profile."""

_IN_QUERY: Final[Mapping[tuple[str, str], str]] = {
    (Network.FACEBOOK, "profile.php"): "id",
    (Network.WHATSAPP, "send"): "phone",
}
"""Pages with the profile in their query, and its parameter."""

_URL: Final = re.compile(r"(?:https?:)?//|(?=[^/?#\s]+\.[^/?#\s]+/)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ()./-]*")


def as_handle(network: str, text: str) -> str:
    """The handle as it is compared: without @, the address of the profile, outer blanks and case.

    It is empty if nothing is left. Of a number on WhatsApp only the digits are left.
    """
    handle = without_invisible(text).strip().lstrip("@ ")
    if network != Network.OTHER:
        handle = normalize("NFC", normalize("NFC", _name_in(network, handle)).lower())
    if network == Network.WHATSAPP and _NUMBER.fullmatch(handle):
        handle = re.sub(r"[^0-9]", "", handle).removeprefix("00")
    return handle if handle == text else as_handle(network, handle)


def _name_in(network: str, text: str) -> str:
    """The name in the address of a profile; any other text is returned unchanged."""
    start = _URL.match(text)
    if start is None:
        return text
    try:
        url = urlsplit(f"//{text[start.end() :]}")
        host = url.hostname or ""
    except ValueError:
        return text
    if not any(host == known or host.endswith(f".{known}") for known in _HOSTS[network]):
        return text
    steps = [step for step in url.path.split("/") if step]
    if len(steps) > 1 and steps[0].lower() in _BEFORE.get(network, ()):
        del steps[0]
    page = "/".join(steps)
    asked = _IN_QUERY.get((network, page.lower()))
    return unquote(page) if asked is None else parse_qs(url.query).get(asked, [""])[0]
