"""What a subscription's URL may look like."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 2048
PORTS: Final = {"http": 80, "https": 443}


class UrlError(Exception):
    """A URL that can't be used; the text says why, without the URL."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads to."""

    host: str
    port: int


def target_of(url: str) -> Target:
    """Read a URL.

    Raises:
        UrlError: webhooks can't be sent there.
    """
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        msg = f"write at most {LONGEST} characters of ASCII, percent-encoded, without spaces"
        raise UrlError(msg)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlError("this is no URL") from None
    if parts.scheme not in PORTS:
        raise UrlError("write a URL that begins with https:// (or http://)")
    if "@" in parts.netloc:
        raise UrlError("no user or password may be in the URL: the signature says who sends")
    if "#" in url or "\\" in url:
        raise UrlError("leave out what no server gets to see: # and \\")
    if not parts.hostname or port == 0:
        raise UrlError("the host is missing, or the port is 0")
    if parts.hostname.startswith(".") or ".." in parts.hostname:
        raise UrlError("no part of the host's name may be empty")
    return Target(parts.hostname, port or PORTS[parts.scheme])
