"""Rate limits: how much a key may ask for, and a token bucket that counts it."""

from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field

MOST_RATE: Final = 1_000_000_000_000


class Rate(BaseModel):
    """How much a key may ask for: `per_second` in the long run, and `burst` at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_second: Annotated[float, Field(gt=0, le=MOST_RATE, allow_inf_nan=False)]
    burst: Annotated[float, Field(ge=1, le=MOST_RATE, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates, in one process, of a key without its own."""

    requests: Rate
    bytes: Rate
    events: Rate


@dataclass(frozen=True, slots=True)
class Bucket:
    """The tokens that are left, as of an instant in seconds of any clock that goes forward."""

    tokens: float
    at: float

    @classmethod
    def full(cls, rate: Rate, now: float) -> Self:
        """Return a bucket from which nothing was taken yet."""
        return cls(rate.burst, now)


def take(bucket: Bucket, rate: Rate, now: float, count: int = 1) -> tuple[Bucket, float]:
    """Take so many tokens at once, if the bucket has them.

    A caller who wants more tokens than the bucket ever holds gets them when it is full. The bucket
    then fills up the missing ones before the next caller gets any.

    Returns:
        The bucket afterwards, and the seconds to wait for the tokens: 0 if they were taken.
    """
    elapsed = max(0.0, now - bucket.at)
    tokens = min(rate.burst, bucket.tokens + elapsed * rate.per_second)
    needed = min(count, rate.burst)
    if tokens >= needed:
        return Bucket(tokens - count, now), 0.0
    return Bucket(tokens, now), (needed - tokens) / rate.per_second
