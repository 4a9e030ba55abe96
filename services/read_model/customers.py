"""Customers in the read model: one by a name, and lists by the groups they are in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from schemas.dimensions import Dimension
from services.platform.http.problems import InvalidField, Problem
from services.read_model.reader import Clocks, ReadModel
from services.read_model.rows import StoredRow
from topology.domain.history.claims import card_name
from topology.domain.history.instant import Instant
from topology.domain.history.names import MOST_NAMES, all_names
from topology.domain.history.state import State
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import read_entry

SCANNED_AT_ONCE: Final = 1_000
SCANNED_AT_MOST: Final = 50_000
"""Customers that one page of several filters examines at most. The page may then be shorter."""
MOST_HOPS: Final = 2 * MOST_NAMES
"""Forwarding entries that a search follows: each leads to a smaller name, and a person has few."""


class UnknownCustomer(Problem):
    """Nobody with this id has been seen."""

    status, kind = HTTPStatus.NOT_FOUND, "unknown-customer"

    def __init__(self, customer_id: str) -> None:
        super().__init__(
            f"No customer {customer_id!r} has been seen. An id is the userId of the messages, else "
            "the anonymousId, and is percent-encoded in the path."
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A customer's row, and the instant up to which it holds."""

    key: str
    """The profile: the row's key. The row itself has the customer's id."""
    state: State
    as_of: Instant

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the customer, in order."""
        return all_names(self.key, self.state.names)


@dataclass(frozen=True, slots=True)
class IdPage:
    """Profiles in order, and the one to go on after, None at the end."""

    ids: Sequence[bytes]
    go_on_after: bytes | None


async def find_customer(model: ReadModel, customer_id: str) -> Found:
    """Return one customer, by any of their names, or by the number of a customer card.

    Raises:
        UnknownCustomer: nobody has this name.
    """
    name = customer_id
    for hop in range(MOST_HOPS):
        clocks, (stored,) = await model.ask(("HGET", model.keys.rows, name))
        if stored is None and hop == 0:
            name = card_name(customer_id)
            continue
        if stored is None:
            break
        found = _found(name.encode(), stored, clocks)
        if isinstance(found, Found):
            return found
        name = found.to
    raise UnknownCustomer(customer_id)


async def names_of(model: ReadModel, name: str) -> tuple[str, ...]:
    """Return all names of the customer who has this one; it alone if nobody has it."""
    try:
        return (await find_customer(model, name)).names
    except UnknownCustomer:
        return (name,)


async def names_of_each(model: ReadModel, customers: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return all names of the customer behind each of these. Each hop asks once for all of them."""
    found: dict[str, frozenset[str]] = {}
    followed = {each: each for each in customers}
    for _ in range(MOST_HOPS):
        if not followed:
            break
        ids = list(followed)
        clocks, (rows,) = await model.ask(("HMGET", model.keys.rows, *followed.values()))
        forwarded: dict[str, str] = {}
        for each, stored in zip(ids, rows, strict=True):
            entry = None if stored is None else _found(followed[each].encode(), stored, clocks)
            if isinstance(entry, Forward):
                forwarded[each] = entry.to
            else:
                found[each] = frozenset({each} if entry is None else {each, *entry.names})
        followed = forwarded
    return found | {each: frozenset({each}) for each in followed}


async def load_customers(model: ReadModel, ids: Sequence[bytes]) -> list[Found]:
    """Return the customers of these profiles who are still there, in the same order."""
    if not ids:
        return []
    clocks, (rows,) = await model.ask(("HMGET", model.keys.rows, *ids))
    found = [_found(each, stored, clocks) for each, stored in zip(ids, rows, strict=True) if stored]
    return [each for each in found if isinstance(each, Found)]


def _found(key: bytes, stored: bytes, clocks: Clocks) -> Found | Forward:
    partition, row = StoredRow.from_bytes(stored)
    entry = read_entry(row)
    if isinstance(entry, Forward):
        return entry
    return Found(key.decode(), entry, clocks.of(partition, entry.as_of))


async def list_ids(
    model: ReadModel, groups: Sequence[str], after: bytes | None, limit: int
) -> IdPage:
    """Return profiles after `after`, in byte order, of customers who are in all of the groups."""
    smallest, *others = await _by_size(model, groups)
    ids: list[bytes] = []
    at, scanned = after, 0
    while scanned < SCANNED_AT_MOST:
        wanted = SCANNED_AT_ONCE if others else limit + 1
        some = await _beyond(model, smallest, at, wanted)
        ids += await _in_all(model, others, some)
        if len(ids) > limit:
            return IdPage(ids[:limit], ids[limit - 1])
        if len(some) < wanted:
            return IdPage(ids, None)
        at, scanned = some[-1], scanned + len(some)
    return IdPage(ids, at)


async def _by_size(model: ReadModel, groups: Sequence[str]) -> list[str]:
    keys = [model.keys.group(group) for group in groups] or [model.keys.everyone]
    _, sizes = await model.ask(*(("ZCARD", key) for key in keys))
    return [key for _, key in sorted(zip(sizes, keys, strict=True))]


async def _beyond(model: ReadModel, key: str, after: bytes | None, limit: int) -> Sequence[bytes]:
    start = b"-" if after is None else b"(" + after
    _, (ids,) = await model.ask(("ZRANGE", key, start, "+", "BYLEX", "LIMIT", 0, limit))
    return list(ids)


async def _in_all(model: ReadModel, keys: Sequence[str], ids: Sequence[bytes]) -> Sequence[bytes]:
    if not keys or not ids:
        return ids
    _, scores = await model.ask(*(("ZMSCORE", key, *ids) for key in keys))
    return [
        each
        for each, *found in zip(ids, *scores, strict=True)
        if all(score is not None for score in found)
    ]


async def check_group(
    model: ReadModel, dimension: Dimension, value: str, known: Sequence[str]
) -> str:
    """Return the group of a dimension's value.

    Raises:
        InvalidField: neither the policy nor any customer has such a value.
    """
    group = f"{dimension}={value}"
    if value not in known:
        _, (seen,) = await model.ask(("SISMEMBER", model.keys.groups, group))
        if not seen:
            message = f"there is no {dimension} {value!r}; there are {', '.join(known)}"
            raise InvalidField.of(dimension, message)
    return group
