"""An erasure: a request to forget a customer, and its outcome. It names no customer."""

from enum import StrEnum

from pydantic import Field

from schemas.contract import Contract, UtcDatetime


class ErasureStatus(StrEnum):
    """The state of an erasure."""

    REQUESTED = "requested"
    DONE = "done"
    REFUSED = "refused"


class Erasure(Contract):
    """A record of `customer.erasures.v1`."""

    erasure_id: str = Field(examples=["era_6f0d2c41b7a94e0d8c35"])
    status: ErasureStatus
    requested_at: UtcDatetime
    erased_at: UtcDatetime | None = Field(
        default=None, description="What happened until then is erased, and does not come back."
    )
    marks: tuple[str, ...] = Field(
        default=(), description="A salted hash of each name that was erased, in hex."
    )
    salt: str | None = Field(
        default=None, description="A short id of the salt of the marks, in hex."
    )
    reason: str | None = Field(default=None, description="Why it was refused.")
