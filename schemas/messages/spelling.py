"""Spelling: names of events and words of enumerations, in any case, with or without blanks.

`order_completed`, `OrderCompleted` and `Order Completed` are one event; so is `Completed Order`,
the verb before its object, as in Segment's older spec.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from schemas.messages.elsewhere import ELSEWHERE, OTHERS
from schemas.messages.envelope import Channel
from schemas.messages.social import Network

_SIGNS: Final = re.compile(r"[\W_]+")
_LONGEST: Final = 100
"""Characters: a longer text is no word of ours."""
_SHOWN: Final = 60
"""Characters of an unknown event that its sender is told."""
_REMEMBERED: Final = 1_024
"""Unknown events of which is remembered what they are near to: a sender repeats the same ones."""
_CLOSE: Final = 0.8
"""How close a name must be to be named: 1 is the same."""

CALLS: Final = frozenset({"track", "identify", "alias", "page", "screen", "group"})
"""Segment's calls: what a `type` may be."""

_OTHER_NAMES: Final[Mapping[str, str]] = {
    "ordercanceled": "Order Cancelled",
    "canceledorder": "Order Cancelled",
}

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
SAYS_NOTHING: Final = "nowhere"
"""For channels of Segment's and RudderStack's own: where the message was, and not the customer."""

_SURVEYS: Final[Mapping[str, str]] = {
    "netpromoterscore": "nps",
    "netpromoter": "nps",
    "customersatisfaction": "csat",
    "customersatisfactionscore": "csat",
}


ALL_PURPOSES: Final = "all"
"""What stands for every purpose."""
_EVERY: Final = frozenset({"all", "every", "everything", "any", "anything", "allpurposes"})


def folded(text: str) -> str:
    """A word without case, blanks and signs."""
    return _SIGNS.sub("", text[: _LONGEST + 1]).casefold()


def _by_fold(words: Iterable[str], others: Mapping[str, str]) -> Mapping[str, str]:
    return {folded(word): str(word) for word in words} | {key: str(x) for key, x in others.items()}


NETWORKS: Final = _by_fold(Network, _NETWORKS)
CHANNELS: Final = _by_fold(Channel, {**_CHANNELS, "server": SAYS_NOTHING, "sources": SAYS_NOTHING})
SURVEYS: Final = _by_fold(("nps", "csat"), _SURVEYS)
TYPES: Final = _by_fold(CALLS, {})


PURPOSES: Final = dict.fromkeys(_EVERY, ALL_PURPOSES)


def as_purpose(said: str) -> str:
    """A purpose of consent as it is compared: without case and outer blanks."""
    return PURPOSES.get(folded(said)) or said.strip().lower()


class Catalogue:
    """The events there are, by all of their spellings."""

    def __init__(self, events: Iterable[str]) -> None:
        self._exact = frozenset(events)
        self._names = dict(_OTHER_NAMES)
        for name in sorted(self._exact):
            *thing, verb = name.split()
            self._names[folded(f"{verb} {' '.join(thing)}")] = name
        self._names |= {folded(name): name for name in self._exact}
        elsewhere = {folded(name): event for name, event in ELSEWHERE.items()}
        self._near: dict[str, str | None] = {folded(name): None for name in OTHERS}
        self._near |= elsewhere | self._names
        self._find_near = lru_cache(maxsize=_REMEMBERED)(self._near_to)

    def name_of(self, said: object) -> str | None:
        """The event that is meant, or None if there is none of this name."""
        if not isinstance(said, str) or len(said) > _LONGEST:
            return None
        return said if said in self._exact else self._names.get(folded(said))

    def near(self, said: object) -> str | None:
        """The event that may have been meant: by a name from elsewhere, or one that is close.

        This is slow for a name that was not asked for of late: it compares with all of them.
        """
        if not isinstance(said, str) or len(said) > _LONGEST:
            return None
        return self._find_near(folded(said))

    def _near_to(self, name: str) -> str | None:
        if name in self._near:
            return self._near[name]
        within = [known for known in self._names if known in name]
        found = within or get_close_matches(name, self._names, n=1, cutoff=_CLOSE)
        return self._names[max(found, key=len)] if found else None


def unknown_event(said: object, near: str | None) -> str:
    """What a sender is told of an event that is none of ours. `near` is the one that is."""
    if not isinstance(said, str) or not said:
        return "event is missing: write the name of an event, such as Order Completed"
    shown = said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
    hint = "" if near is None else f"; if you mean `{near}`, send it under that name"
    return f"`{shown}` is no event that counts here{hint}"


def word(said: object, words: Mapping[str, str]) -> object:
    """The word of an enumeration that is meant; what is none stays as it is."""
    if not isinstance(said, str) or len(said) > _LONGEST:
        return said
    return words.get(said) or words.get(folded(said), said)
