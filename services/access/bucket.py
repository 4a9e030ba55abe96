"""A token bucket: how many requests a key may make, and when the next one."""

from dataclasses import dataclass
from typing import Self

from services.access.key import Rate


@dataclass(frozen=True, slots=True)
class Bucket:
    """The tokens that are left, as of an instant in seconds of any clock that goes forward."""

    tokens: float
    at: float

    @classmethod
    def full(cls, rate: Rate, now: float) -> Self:
        """Nothing has been taken yet."""
        return cls(rate.burst, now)


def take(bucket: Bucket, rate: Rate, now: float) -> tuple[Bucket, float]:
    """Take a token, if there is one.

    Returns:
        The bucket afterwards, and the seconds to wait for a token: 0 if one was taken.
    """
    elapsed = max(0.0, now - bucket.at)
    tokens = min(rate.burst, bucket.tokens + elapsed * rate.per_second)
    if tokens >= 1:
        return Bucket(tokens - 1, now), 0.0
    return Bucket(tokens, now), (1 - tokens) / rate.per_second
