"""Rows as bytes: what the changelog carries. MessagePack, without field names.

A row begins with its version. An older one is read and upgraded (`UPGRADES`); the next write of the
row puts it down in today's form. One of a newer release is refused.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import DecodeError, Struct, msgpack

from topology.domain.history.instant import Instant
from topology.domain.history.record import decoder, encode
from topology.domain.history.state import ROW_VERSION, State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rows import row_v1, row_v2, row_v3, row_v4
from topology.domain.rows.erased import ERASED_VERSION
from topology.domain.rows.forward import FORWARD_VERSION, Forward

UPGRADES: Final[Mapping[int, Callable[[bytes], State]]] = MappingProxyType(
    {each.VERSION: each.upgrade for each in (row_v1, row_v2, row_v3, row_v4)}
)
"""How a row of each older version is read. It raises msgspec's `DecodeError`."""


LARGEST_ROW: Final = 917_504
"""Bytes of a row at most, whatever a customer does: seven eighths of what Kafka takes by default.

It follows from the bounds of decision 5; a test builds such a row. A record about names that
carries it is smaller than a mebibyte, too.
"""


class RowError(Exception):
    """A row that can't be read: foreign bytes, or a version that this release does not know."""


class NewerRowError(RowError):
    """A row of a version that only a newer release knows: this one knows all up to `known`."""

    def __init__(self, version: int, known: int = ROW_VERSION) -> None:
        super().__init__(
            f"a row of version {version}; this release reads version {known} and older"
        )
        self.version = version
        self.known = known


class OtherCurrencyError(Exception):
    """A row whose amounts are in another currency than the policy's."""

    def __init__(self, currency: object) -> None:
        super().__init__(f"a row in {currency}")
        self.currency = str(currency)


class Head(Struct, frozen=True, array_like=True, gc=False):
    """The beginning of every row, whatever its version: enough to know when it is due."""

    version: int
    policy_version: str
    wake_at: Instant | None
    customer_id: str
    as_of: Instant
    currency: Any = None
    """Since version 5; older ones have something else here."""
    settles_at: Any = None
    """Likewise."""


_decode: Final = decoder(State)
_decode_entry: Final = decoder(Forward)
_decode_head: Final = msgpack.Decoder(Head).decode


def encode_row(state: State | Forward) -> bytes:
    """Turn a row, or a forwarding entry, into bytes."""
    return encode(state)


def read_entry(value: bytes) -> State | Forward:
    """Turn bytes into a row, or a forwarding entry.

    Raises:
        NewerRowError: they are a row of a newer release.
        RowError: they are neither.
    """
    try:
        state = _decode(value)
    except DecodeError:
        return _decode_forward(value) or _decode_older(value)
    return state if state.version == ROW_VERSION else _decode_older(value)


def decode_row(value: bytes) -> State:
    """Turn bytes into a row; an older one is upgraded.

    Raises:
        NewerRowError: they are a row of a newer release.
        RowError: they are no row.
    """
    try:
        state = _decode(value)
    except DecodeError:
        return _decode_older(value)
    return state if state.version == ROW_VERSION else _decode_older(value)


def wake_of(value: bytes, book: Rulebook) -> Instant | None:
    """When a row is due, as `wake.due_at` of the row says, without reading all of it.

    One of before version 3 is due at once: its new dimensions must be found.

    Raises:
        NewerRowError: it is of a newer release.
        RowError: the bytes are no row.
        OtherCurrencyError: the row's amounts are in another currency than the policy's.
    """
    try:
        head = _decode_head(value)
    except DecodeError as error:
        msg = f"not a row of version {ROW_VERSION}: {error}"
        raise RowError(msg) from None
    if head.version in {FORWARD_VERSION, ERASED_VERSION}:
        return None
    if head.version != ROW_VERSION:
        _upgrade_for(head.version)
    elif head.currency != book.currency and head.currency:
        raise OtherCurrencyError(head.currency)
    elif head.settles_at is not None:
        return int(head.settles_at)
    knows_all = head.version >= row_v3.VERSION and head.policy_version == book.version
    return head.wake_at if knows_all else head.as_of


def currency_in(value: bytes) -> str | None:
    """The currency of a row. None if the bytes are no row, or one of before version 5.

    Raises:
        NewerRowError: it is of a newer release.
    """
    try:
        head = _decode_head(value)
    except DecodeError:
        return None
    if head.version > ROW_VERSION:
        raise NewerRowError(head.version)
    return head.currency or None if head.version == ROW_VERSION else None


def _decode_forward(value: bytes) -> Forward | None:
    try:
        entry = _decode_entry(value)
    except DecodeError:
        return None
    return entry if entry.version == FORWARD_VERSION else None


def _decode_older(value: bytes) -> State:
    try:
        return _upgrade_for(_decode_head(value).version)(value)
    except DecodeError as error:
        msg = f"not a row of version {ROW_VERSION}: {error}"
        raise RowError(msg) from None


def _upgrade_for(version: int) -> Callable[[bytes], State]:
    upgrade = UPGRADES.get(version)
    if version > ROW_VERSION:
        raise NewerRowError(version)
    if upgrade is None:
        msg = f"an entry of version {version} is no row"
        raise RowError(msg)
    return upgrade
