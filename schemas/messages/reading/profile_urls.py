"""The addresses of profiles: which pages of a network are about one person, and who that is.

Under the address of a post, a group or a search, strangers would become one customer: it is
nobody's. A page is a profile only if the tables say so, or, on networks where names stand at the
root, if its first step is none of the network's own pages.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from schemas.messages.reading.placeholder_ids import is_placeholder
from schemas.messages.social import Network


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a network has its profiles. Any other page is no profile."""

    hosts: tuple[str, ...]
    profiles: tuple[str, ...] = ()
    """Beginnings of paths, each with one group: the name. A company is no person of that name."""
    own_pages: frozenset[str] | None = None
    """First steps that are no names, where any other is one. None if no other is, either."""
    in_query: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By path: parameters that surely name a person, and what is written before their value."""


_OFTEN: Final = frozenset(
    {
        *("about", "account", "accounts", "ads", "api", "app", "apps", "auth", "blog", "business"),
        *("contact", "developer", "developers", "directory", "download", "events", "explore"),
        *("feed", "groups", "hashtag", "hashtags", "help", "home", "i", "intent", "jobs", "legal"),
        *("live", "login", "logout", "media", "messages", "notifications", "oauth", "p", "pages"),
        *("photo", "photos", "post", "posts", "press", "privacy", "reel", "reels", "register"),
        *("search", "session", "settings", "share", "signin", "signup", "status", "statuses"),
        *("stories", "story", "support", "terms", "tos", "tv", "user", "users", "video", "videos"),
        *("watch", "web", "www", "discover", "trending", "topics", "profile", "invite", "qr"),
    }
)
"""Steps that are pages of their own on most networks, and nobody's name."""

_FACEBOOK: Final = frozenset(
    {
        *(
            "dialog",
            "sharer",
            "permalink",
            "policies",
            "policy",
            "plugins",
            "marketplace",
            "gaming",
        ),
        *("games", "notes", "fundraisers", "donate", "friends", "bookmarks", "public", "latest"),
        *(
            "offers",
            "saved",
            "memories",
            "checkpoint",
            "recover",
            "reg",
            "l",
            "tr",
            "flx",
            "places",
        ),
        *("event", "group", "hashtags", "communitystandards", "messenger", "comment", "ufi"),
    }
)
_INSTAGRAM: Final = frozenset(
    {
        "direct",
        "graphql",
        "challenge",
        "emails",
        "s",
        "ar",
        "nametag",
        "_n",
        "_u",
        "lite",
        "locations",
    }
)
_PINTEREST: Final = frozenset(
    {
        "pin",
        "ideas",
        "today",
        "categories",
        "password",
        "news_hub",
        "source",
        "_",
        "board",
        "resource",
    }
)
_X: Final = frozenset(
    {
        *("compose", "search-advanced", "who_to_follow", "oauth2", "widgets", "bookmarks", "lists"),
        *("communities", "moments", "en", "de", "rules", "personalization", "follower_requests"),
        *("connect_people", "logged_out", "premium_sign_up", "hashtags", "account", "articles"),
    }
)
_TELEGRAM: Final = frozenset({"c", "s", "joinchat", "addstickers", "proxy", "socks", "bg", "boost"})

_INTENT: Final = {"screen_name": "", "user_id": "i/user/"}
"""The number of an account on X may be the name of another one."""

_SITES: Final[Mapping[str, _Site]] = {
    Network.LINKEDIN: _Site(
        ("linkedin.com",), (r"(?:in|pub)/([^/]+)", r"((?:company|school|showcase)/[^/]+)")
    ),
    Network.XING: _Site(("xing.com",), (r"profile/([^/]+)", r"((?:companies|pages)/[^/]+)")),
    Network.FACEBOOK: _Site(
        ("facebook.com", "fb.com", "m.me"),
        (
            r"(?:people/[^/]+|groups/[^/]+/user|pages/[^/]+)/([0-9]+)",
            r"p/[^/]*-([0-9]+)",
            r"pg/([^/]+)",
        ),
        own_pages=_OFTEN | _FACEBOOK,
        in_query={"profile.php": {"id": ""}},
    ),
    Network.INSTAGRAM: _Site(
        ("instagram.com", "instagr.am", "ig.me"),
        (r"_u/([^/]+)", r"stories/(?!highlights(?:/|$))([^/]+)", r"m/([^/]+)"),
        own_pages=_OFTEN | _INSTAGRAM,
    ),
    Network.WHATSAPP: _Site(
        ("wa.me", "whatsapp.com"),
        (r"(\+?[0-9][0-9 ().-]*)",),
        in_query={"send": {"phone": ""}},
    ),
    Network.YOUTUBE: _Site(
        ("youtube.com",), (r"(@[^/]+)", r"channel/([^/]+)", r"((?:c|user)/[^/]+)")
    ),
    Network.TIKTOK: _Site(("tiktok.com",), (r"(@[^/]+)",)),
    Network.CLUBHOUSE: _Site(("clubhouse.com", "joinclubhouse.com"), (r"(@[^/]+)",)),
    Network.SNAPCHAT: _Site(("snapchat.com",), (r"(@[^/]+)", r"add/([^/]+)")),
    Network.PINTEREST: _Site(
        (
            *("pinterest.com", "pinterest.de", "pinterest.at", "pinterest.ch", "pinterest.fr"),
            *("pinterest.co.uk", "pinterest.es", "pinterest.it"),
        ),
        own_pages=_OFTEN | _PINTEREST,
    ),
    Network.X: _Site(
        ("x.com", "twitter.com"),
        (r"(i/user/[0-9]+)",),
        own_pages=_OFTEN | _X,
        in_query={"intent/user": _INTENT, "intent/follow": _INTENT},
    ),
    Network.OTHER: _Site(("t.me", "telegram.me"), own_pages=_OFTEN | _TELEGRAM),
}
_LINKS: Final = frozenset(
    {
        *("youtu.be", "youtube-nocookie.com", "fb.watch", "fb.me", "t.co", "pin.it", "lnkd.in"),
        *("bit.ly", "tinyurl.com", "goo.gl", "ow.ly"),
    }
)
"""Hosts of short links: behind one may be any page."""

_FRONT: Final = re.compile(
    r"(?:(?:www|web|m|mobile|touch|mbasic|api|music|[a-z]{2}(?:-[a-z]{2})?)\.)*"
)
"""What may stand before the host of a profile, such as a language. Help and press are none."""

_URL: Final = re.compile(r"(?:https?:)?//|(?=[^/?#\s]+\.[^/?#\s]+[/?])", re.IGNORECASE)
_PATH: Final = re.compile(r"/(?!/)|[\w./-]+\?\w+=", re.ASCII)
"""An address without its host: /watch?v=1, story.php?id=2."""
_NAME: Final = re.compile(r"@?[\w.-]+")
_FILE: Final = re.compile(r".*\.(?:php|html?|aspx?|jsp|txt|xml|ico)")


def name_in_url(network: str, text: str) -> str:
    """The name in the address of a profile; empty for an address that is no profile's.

    Any other text is returned unchanged, and so is the address of a profile on another network.
    """
    start = _URL.match(text)
    if start is not None:
        try:
            url = urlsplit(f"//{text[start.end() :]}")
            host = url.hostname or ""
        except ValueError:
            return text
        if host.removeprefix("www.") in _LINKS:
            return ""
        for home, site in _SITES.items():
            front = _front_of(host, site)
            if front is not None:
                name = _name_on(site, url) if _FRONT.fullmatch(front) else ""
                return name if not name or home == network != Network.OTHER else text
    if network == Network.OTHER or _PATH.match(text) is None:
        return text
    try:
        return _name_on(_SITES[network], urlsplit(text if text[0] == "/" else f"/{text}"))
    except ValueError:
        return text


def _front_of(host: str, site: _Site) -> str | None:
    """What stands before a site's host, with its point; None if it is another site's."""
    for known in site.hosts:
        if host == known or host.endswith(f".{known}"):
            return host.removesuffix(known)
    return None


def _name_on(site: _Site, url: SplitResult) -> str:
    path = "/".join(step for step in unquote(url.path).split("/") if step)
    parameters = site.in_query.get(path.lower())
    if parameters is not None:
        sent = parse_qs(url.query)
        for name, front in parameters.items():
            if name in sent:
                return "" if is_placeholder(sent[name][0]) else f"{front}{sent[name][0]}"
        return ""
    for pattern in site.profiles:
        found = re.match(rf"{pattern}(?:/|$)", path, re.IGNORECASE)
        if found is not None:
            return found[1]
    name = path.partition("/")[0]
    is_name = site.own_pages is not None and name.lower() not in site.own_pages
    return name if is_name and _NAME.fullmatch(name) and not _FILE.fullmatch(name.lower()) else ""
