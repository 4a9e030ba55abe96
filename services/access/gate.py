"""Decides who is let in."""

from collections.abc import Callable
from dataclasses import dataclass

from services.access.bucket import Bucket, take
from services.access.key import Key, Rate, id_in
from services.access.keyring import Keyring
from services.access.loopback import host_of, is_loopback
from services.access.problems import (
    KeyNeeded,
    KeyNotEnough,
    KeysNotRead,
    NotFromHere,
    TooManyRequests,
)
from services.access.scope import Scope
from services.compacted.faults import NotReadError


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
        self, keyring: Keyring, *, on_loopback: bool, rate: Rate, clock: Callable[[], float]
    ) -> None:
        """Prepare a gate; `rate` is for keys without their own, `clock` in seconds, forward."""
        self._keyring = keyring
        self._on_loopback = on_loopback
        self._rate = rate
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    @property
    def is_open(self) -> bool:
        """Whether no key is asked for; raises NotReadError."""
        return self._on_loopback and not self._keyring.has_any()

    def admit(self, asked: Asked, scope: Scope) -> Key | None:
        """Return the key that opened the gate, None if it is open to all.

        Raises:
            KeysNotRead: it is not known yet who may.
            KeyNeeded, KeyNotEnough, NotFromHere, TooManyRequests: this one may not.
        """
        try:
            if self.is_open:
                _refuse_strangers(asked)
                return None
            key = self._key(asked.key)
        except NotReadError:
            raise KeysNotRead from None
        self._refuse_haste(key)
        if not key.allows(scope):
            raise KeyNotEnough(scope)
        return key

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

    def _refuse_haste(self, key: Key) -> None:
        now, rate = self._clock(), key.rate or self._rate
        bucket = self._buckets.get(key.id) or Bucket.full(rate, now)
        self._buckets[key.id], wait_s = take(bucket, rate, now)
        if wait_s:
            raise TooManyRequests(wait_s)


def _refuse_strangers(asked: Asked) -> None:
    if not is_loopback(host_of(asked.host)):
        raise NotFromHere("the name in the header Host")
    if asked.origin is not None and not is_loopback(host_of(asked.origin.partition("//")[2])):
        raise NotFromHere("the page in the header Origin")
