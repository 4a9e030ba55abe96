"""Decides who is let in."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from services.platform.access.bucket import Bucket, take
from services.platform.access.key import Key, Rate, Rates, id_in
from services.platform.access.keyring import Keyring
from services.platform.access.loopback import authority_of, is_loopback
from services.platform.access.scope import Scope
from services.platform.compacted.faults import NotReadError
from services.platform.http.bounds import Bounds
from services.platform.http.problems import (
    KeyNeeded,
    KeyNotEnough,
    KeysNotRead,
    NotFromHere,
    TooManyRequests,
)

Counted = Literal["requests", "bytes", "events"]
"""What a key has a rate of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of who makes it."""

    key: str | None
    host: str
    """The header `Host`."""
    origin: str | None
    """The header `Origin`: the web page that makes the request, if one does."""


class Gate:
    """Lets requests in by their keys.

    Without any key ever created, and listening on loopback only, it is open to this machine. Web
    pages do not count as this machine, whatever name they have given it.
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
        """Prepare a gate; `rates` are for keys without their own, `clock` in seconds, forward."""
        self.bounds = bounds
        self._keyring = keyring
        self._on_loopback = on_loopback
        self._rates = rates
        self._clock = clock
        self._buckets: dict[tuple[str, Counted], Bucket] = {}

    @property
    def is_open(self) -> bool:
        """Whether no key is asked for; raises NotReadError."""
        return self._on_loopback and not self._keyring.has_any()

    def admit(self, asked: Asked) -> Key | None:
        """Return the key that opened the gate, None if it is open to all; this counts as a request.

        Raises:
            KeysNotRead: it is not known yet who may.
            KeyNeeded, NotFromHere, TooManyRequests: this one may not.
        """
        try:
            if self.is_open:
                _refuse_strangers(asked)
                return None
            key = self._key(asked.key)
        except NotReadError:
            raise KeysNotRead from None
        self.charge(key, "requests", 1)
        return key

    def charge(self, key: Key | None, counted: Counted, count: int) -> None:
        """Count what a key asks for; without a key nothing is counted.

        Raises:
            TooManyRequests: it is more than the key may have now. It is not counted then.
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
        """Wait until a key that has opened the gate, or for None anybody, would be refused."""
        seen = self._keyring.version
        while self._still_lets_in(key):
            seen = await self._keyring.wait_change(seen)

    def _still_lets_in(self, key: Key | None) -> bool:
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


def _refuse_strangers(asked: Asked) -> None:
    here = authority_of(asked.host, "http")
    if here is None or not is_loopback(here.host):
        raise NotFromHere("the name in the header Host")
    if asked.origin is None:
        return
    scheme, _, authority = asked.origin.partition("://")
    page = authority_of(authority, scheme)
    if page is None or not is_loopback(page.host) or page.port != here.port:
        raise NotFromHere("the page in the header Origin")
