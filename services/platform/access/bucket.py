"""A token bucket: how much a key may ask for, and when the next time."""

from dataclasses import dataclass
from typing import Self

from services.platform.access.key import Rate


@dataclass(frozen=True, slots=True)
class Bucket:
    """The tokens that are left, as of an instant in seconds of any clock that goes forward."""

    tokens: float
    at: float

    @classmethod
    def full(cls, rate: Rate, now: float) -> Self:
        """Nothing has been taken yet."""
        return cls(rate.burst, now)


def take(bucket: Bucket, rate: Rate, now: float, count: int = 1) -> tuple[Bucket, float]:
    """Take so many tokens at once, if they are there.

    Whoever wants more than the bucket ever holds takes them when it is full, and what is missing is
    filled up before the next one gets any.

    Returns:
        The bucket afterwards, and the seconds to wait for the tokens: 0 if they were taken.
    """
    elapsed = max(0.0, now - bucket.at)
    tokens = min(rate.burst, bucket.tokens + elapsed * rate.per_second)
    needed = min(count, rate.burst)
    if tokens >= needed:
        return Bucket(tokens - count, now), 0.0
    return Bucket(tokens, now), (needed - tokens) / rate.per_second
