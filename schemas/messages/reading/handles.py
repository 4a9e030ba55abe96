"""Handles: the name of a person on a social network, in the form in which it is compared.

`@name`, `Name` and `https://www.instagram.com/name/` are one handle. All networks that we know
compare handles without case; on any other network case counts. The address of a page that is no
profile, such as a post, is nobody's.
"""

import re
from typing import Final
from unicodedata import normalize

from schemas.messages.reading.placeholder_ids import without_invisible
from schemas.messages.reading.profile_urls import name_in_url
from schemas.messages.social import Network

_NUMBER: Final = re.compile(r"\+?\(?[0-9][0-9 ()./-]*")
_AROUND_NUMBER: Final = re.compile(
    r"(?:tel|sms|callto|whatsapp|wa):(?://)?|(?::[0-9]+)?@(?:s\.whatsapp\.net|c\.us)$"
)
"""What stands around a number in links and in WhatsApp's own ids."""


def as_handle(network: str, text: str) -> str:
    """The handle as it is compared: without @, the address of the profile, outer blanks and case.

    It is empty if nothing is left, and for an address that is no profile's. Of a number on WhatsApp
    only the digits are left, with the country's code if it was sent.
    """
    handle = name_in_url(network, without_invisible(text).strip().lstrip("@ "))
    if network != Network.OTHER:
        handle = normalize("NFC", normalize("NFC", handle).lower())
    if network == Network.WHATSAPP:
        handle = _as_number(handle)
    return handle if handle == text else as_handle(network, handle)


def _as_number(handle: str) -> str:
    """The digits of a telephone number; any other text is returned unchanged."""
    number = _AROUND_NUMBER.sub("", handle).strip()
    if _NUMBER.fullmatch(number) is None:
        return handle
    is_international = number.startswith(("+", "00"))
    digits = re.sub(r"[^0-9]", "", number.replace("(0)", "") if is_international else number)
    return digits.removeprefix("00")
