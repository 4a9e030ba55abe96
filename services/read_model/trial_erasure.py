"""Trial erasure: the examples in kept reports of trials name customers, until these are erased."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.json import Decoder, decode, encode
from redis.asyncio import Redis

from services.read_model.connection import answer_of
from services.read_model.keys import Keys


class _Example(Struct, frozen=True, gc=False):
    customer_id: str


class _Report(Struct, frozen=True, gc=False):
    examples: tuple[_Example, ...] = ()


_REPORT: Final = Decoder(_Report)


def customers_in(report: bytes) -> Sequence[str]:
    """Return the customers whom a report names, sorted."""
    return sorted({each.customer_id for each in _REPORT.decode(report).examples})


def without_customers(report: bytes, customers: Collection[str]) -> bytes | None:
    """Return the report without the examples of these customers; None if it names none of them."""
    if not set(customers).intersection(customers_in(report)):
        return None
    content: dict[str, Any] = decode(report)
    content["examples"] = [
        each for each in content["examples"] if each["customer_id"] not in customers
    ]
    return encode(content)


async def forget_customers(redis: Redis, keys: Keys, customers: Collection[str]) -> None:
    """Remove the examples of customers from all kept reports.

    Raises:
        ReadModelAwayError: Redis is away.
    """
    names: Sequence[Any] = await answer_of(redis.zrange(keys.trials, 0, -1))
    for name in names:
        key = keys.trial_report(name.decode())
        report: Any = await answer_of(redis.get(key))
        left = None if report is None else without_customers(report, customers)
        if left is not None:
            await answer_of(redis.set(key, left, keepttl=True, xx=True))
            await answer_of(redis.incr(keys.on_disk))
