"""Which addresses are this machine's own."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a host to listen on can be reached from this machine only."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Authority:
    """A host and a port, as a URL names them."""

    host: str
    port: int | None
    """None if the scheme has no port of its own and none is named."""


def authority_of(text: str, scheme: str) -> Authority | None:
    """Return what `host:port` names, None if that is nothing. `scheme` is that of the URL."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.netloc != text or "@" in text:
        return None
    return Authority(host, port or PORTS.get(scheme))
