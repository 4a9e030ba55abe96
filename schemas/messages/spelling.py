"""Spelling: words of enumerations, in any case, with or without blanks and signs."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from schemas.messages.envelope import Channel
from schemas.messages.social import Network

_SIGNS: Final = re.compile(r"[\W_]+")
LONGEST_WORD: Final = 100
"""Characters. A longer text is not compared."""

CALLS: Final = frozenset({"track", "identify", "alias", "page", "screen", "group"})
"""Segment's calls: the values of `type`."""

_NETWORKS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("twitter", "twittercom", "xcom", "xtwitter", "twitterx"), Network.X),
    **dict.fromkeys(("ig", "insta", "instagramcom"), Network.INSTAGRAM),
    **dict.fromkeys(("fb", "facebookcom"), Network.FACEBOOK),
    **dict.fromkeys(("yt", "youtubecom"), Network.YOUTUBE),
    **dict.fromkeys(("wa", "whatsappcom"), Network.WHATSAPP),
    **dict.fromkeys(("tt", "tiktokcom"), Network.TIKTOK),
    **dict.fromkeys(("li", "linkedincom"), Network.LINKEDIN),
    **dict.fromkeys(("snap", "snapchatcom"), Network.SNAPCHAT),
    **dict.fromkeys(("pin", "pinterestcom"), Network.PINTEREST),
    "xingcom": Network.XING,
}
_CHANNELS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("browser", "website", "webshop", "webstore", "online", "desktop"), "web"),
    **dict.fromkeys(("mobile", "mobileapp", "inapp", "ios", "android"), "app"),
    **dict.fromkeys(("pos", "pointofsale", "instore", "retail", "offline", "till"), "store"),
    **dict.fromkeys(("tel", "telephone", "call", "callcenter", "callcentre", "hotline"), "phone"),
    **dict.fromkeys(("affiliate", "reseller"), "partner"),
    **dict.fromkeys(("socialmedia", "socialnetwork"), "social"),
}
NO_CHANNEL: Final = "nowhere"
"""For channels that Segment and RudderStack set: where the message was, and not the customer."""

_SURVEYS: Final[Mapping[str, str]] = {
    "netpromoterscore": "nps",
    "netpromoter": "nps",
    "customersatisfaction": "csat",
    "customersatisfactionscore": "csat",
}

ALL_PURPOSES: Final = "all"
"""The purpose that stands for all of them."""
_EVERY: Final = frozenset({"all", "every", "everything", "any", "anything", "allpurposes"})


def folded(text: str) -> str:
    """A word without case, blanks and signs."""
    return _SIGNS.sub("", text[: LONGEST_WORD + 1]).casefold()


def _by_fold(words: Iterable[str], others: Mapping[str, str]) -> Mapping[str, str]:
    return {folded(word): str(word) for word in words} | {key: str(x) for key, x in others.items()}


NETWORKS: Final = _by_fold(Network, _NETWORKS)
CHANNELS: Final = _by_fold(Channel, {**_CHANNELS, "server": NO_CHANNEL, "sources": NO_CHANNEL})
SURVEYS: Final = _by_fold(("nps", "csat"), _SURVEYS)
TYPES: Final = _by_fold(CALLS, {})
PURPOSES: Final = dict.fromkeys(_EVERY, ALL_PURPOSES)


def as_purpose(text: str) -> str:
    """A purpose of consent as it is compared: without case and outer blanks."""
    return PURPOSES.get(folded(text)) or text.strip().lower()


def word(value: object, words: Mapping[str, str]) -> object:
    """The word of an enumeration that a sender means; any other value is returned unchanged."""
    if not isinstance(value, str) or len(value) > LONGEST_WORD:
        return value
    return words.get(value) or words.get(folded(value), value)
