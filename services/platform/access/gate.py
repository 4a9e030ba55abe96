"""Decides which requests are admitted: by their keys, or without a key from this machine alone."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from services.platform.access.key import Key, id_in
from services.platform.access.keyring import Keyring
from services.platform.access.rate_limit import Bucket, Rate, Rates, take
from services.platform.access.scope import Scope
from services.platform.faults import NotReadError
from services.platform.http.problems import (
    KeyNeeded,
    KeyNotEnough,
    KeysNotRead,
    NotFromHere,
    TooManyRequests,
)
from services.platform.http.request_body import Bounds

Counted = Literal["requests", "bytes", "events"]
"""The things that a key has a rate limit for."""
PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Asked:
    """The headers of a request that decide whether it is admitted."""

    key: str | None
    host: str
    """The header `Host`."""
    origin: str | None
    """The header `Origin`: the web page that makes the request, if a page does."""


class Gate:
    """Admits requests by their keys.

    Until somebody creates a key, an API that listens on loopback only is open to this machine. Web
    pages do not count as this machine, whatever name they give it.
    """

    def __init__(
        self,
        keyring: Keyring,
        *,
        on_loopback: bool,
        rates: Rates,
        bounds: Bounds,
        clock: Callable[[], float],
    ) -> None:
        """Prepare a gate; `rates` are for keys without their own, `clock` is monotonic."""
        self.bounds = bounds
        self._keyring = keyring
        self._on_loopback = on_loopback
        self._rates = rates
        self._clock = clock
        self._buckets: dict[tuple[str, Counted], Bucket] = {}

    @property
    def is_open(self) -> bool:
        """Whether the gate admits requests without a key; raises NotReadError."""
        return self._on_loopback and not self._keyring.has_any()

    def admit(self, asked: Asked) -> Key | None:
        """Count a request, and return its key; None if the gate is open.

        Raises:
            KeysNotRead: the keys have not been read yet.
            KeyNeeded, NotFromHere, TooManyRequests: the request is refused.
        """
        try:
            if self.is_open:
                _refuse_remote(asked)
                return None
            key = self._key(asked.key)
        except NotReadError:
            raise KeysNotRead from None
        self.charge(key, "requests", 1)
        return key

    def charge(self, key: Key | None, counted: Counted, count: int) -> None:
        """Count the requests, bytes or events of a key, if there is one.

        Raises:
            TooManyRequests: the key may not have so many now, and none of them counts.
        """
        if key is None:
            return
        now, rate = self._clock(), self._rate(key, counted)
        bucket = self._buckets.get((key.id, counted)) or Bucket.full(rate, now)
        self._buckets[key.id, counted], wait_s = take(bucket, rate, now, count)
        if wait_s:
            raise TooManyRequests(counted, wait_s)

    def _rate(self, key: Key, counted: Counted) -> Rate:
        own = {"requests": key.rate, "bytes": key.byte_rate, "events": key.event_rate}[counted]
        common: Rate = getattr(self._rates, counted)
        return own or common

    async def until_shut(self, key: Key | None) -> None:
        """Wait until the gate would refuse a key that it has admitted, or a request without one."""
        seen = self._keyring.version
        while self._still_admits(key):
            seen = await self._keyring.wait_change(seen)

    def _still_admits(self, key: Key | None) -> bool:
        if key is None:
            return self.is_open
        found = self._keyring.find(key.id)
        return found is not None and found.revoked_at is None

    def _key(self, presented: str | None) -> Key:
        if presented is None:
            raise KeyNeeded("This needs a key")
        key_id = id_in(presented)
        key = None if key_id is None else self._keyring.find(key_id)
        if key is None or not key.is_opened_by(presented) or key.revoked_at is not None:
            raise KeyNeeded("This key is not known, or it has been revoked")
        return key


def check_scopes(key: Key | None, scopes: Collection[Scope]) -> None:
    """Raise KeyNotEnough if a key lacks one of these scopes; without a key all is allowed."""
    for scope in sorted(scopes):
        if not is_allowed(key, scope):
            raise KeyNotEnough(scope)


def is_allowed(key: Key | None, scope: Scope) -> bool:
    """Whether a key has a scope; without a key all is allowed."""
    return key is None or key.allows(scope)


def _refuse_remote(asked: Asked) -> None:
    here = authority_of(asked.host, "http")
    if here is None or not is_loopback(here.host):
        raise NotFromHere("the name in the header Host")
    if asked.origin is None:
        return
    scheme, _, authority = asked.origin.partition("://")
    page = authority_of(authority, scheme)
    if page is None or not is_loopback(page.host) or page.port != here.port:
        raise NotFromHere("the page in the header Origin")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host to listen on."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Authority:
    """The host and the port of a URL."""

    host: str
    port: int | None
    """None if the URL names none and the scheme has no default."""


def authority_of(text: str, scheme: str) -> Authority | None:
    """Parse `host:port` of a URL with this scheme; None if it is malformed."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.netloc != text or "@" in text:
        return None
    return Authority(host, port or PORTS.get(scheme))
