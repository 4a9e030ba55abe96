"""Which URLs and addresses webhooks may be sent to: those of the public internet. Pure.

A subscription's URL comes from outside, and its host may be a server inside. Without these checks,
anybody who may subscribe could make this process call servers that only this process can reach.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

NAT64: Final = IPv6Network("64:ff9b::/96")
IPV4_COMPATIBLE: Final = IPv6Network("::/96")
GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All IPv6 addresses that are assigned to hosts; the rest serves special purposes."""
NOT_PUBLIC: Final = (
    IPv4Network("168.63.129.16/32"),  # Azure's platform answers here inside each machine
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("3fff::/20"),
)
"""Special purposes too, but not every Python version that we support knows them."""


def is_public(text: str) -> bool:
    """Return whether this is the address of a machine in the public internet.

    An IPv6 address that embeds an IPv4 address is public only if the embedded one is. An address
    with a zone is local.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if getattr(address, "scope_id", None):
        return False
    return all(_is_public(each) for each in (address, *_embedded(address)))


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return address in NAT64 or address.ipv4_mapped is not None  # The embedded address decides.
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in NOT_PUBLIC)
    )


def _embedded(address: Address) -> list[IPv4Address]:
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64 or address in IPV4_COMPATIBLE:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in found if each is not None]


MAX_URL_LENGTH: Final = 2048
PORTS: Final = {"http": 80, "https": 443}


class UrlError(Exception):
    """This URL can't be used. The message gives the reason, and never the URL."""


@dataclass(frozen=True, slots=True)
class Target:
    """The host and the port of a URL."""

    host: str
    port: int


def target_of(url: str) -> Target:
    """Parse a URL and check its form.

    Raises:
        UrlError: webhooks can't be sent to this URL.
    """
    if len(url) > MAX_URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
        msg = f"write at most {MAX_URL_LENGTH} characters of ASCII, percent-encoded, without spaces"
        raise UrlError(msg)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlError("this is not a URL") from None
    if parts.scheme not in PORTS:
        raise UrlError("write a URL that begins with https:// (or http://)")
    if "@" in parts.netloc:
        raise UrlError("write no user or password into the URL: the signature proves who sends")
    if "#" in url or "\\" in url:
        raise UrlError("remove # and \\ from the URL: no server receives them")
    if not parts.hostname or port == 0:
        raise UrlError("the host is missing, or the port is 0")
    if parts.hostname.startswith(".") or ".." in parts.hostname:
        raise UrlError("the host's name has an empty part")
    return Target(parts.hostname, port or PORTS[parts.scheme])
