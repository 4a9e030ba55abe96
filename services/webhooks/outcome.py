"""How one attempt ended.

Ending
├── Outcome         of sending
│   ├── Delivered   an answer of 2xx
│   ├── Failed      anything else; `retry_after_s` if the endpoint asked for a pause
│   └── Gone        410: the endpoint wants no more
└── Forgotten       its customer was erased: it is not sent, or not again
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from services.webhooks.retry_after import retry_after_s

RETRY_AFTER = b"retry-after"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The endpoint took it."""

    status: int


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not. The reason holds no address and nothing of the endpoint's own words."""

    reason: str
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The endpoint is there no more and says so."""

    status: int = HTTPStatus.GONE


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Nobody is to get it any more."""


Outcome = Delivered | Failed | Gone
Ending = Outcome | Forgotten


def outcome_of(status: int, headers: Iterable[tuple[bytes, bytes]], now: datetime) -> Outcome:
    """Judge an answer by its status. A redirect is a failure: nobody has checked where it leads."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivered(status)
    if status == HTTPStatus.GONE:
        return Gone()
    said = next((value for name, value in headers if name.lower() == RETRY_AFTER), None)
    return Failed(f"status {status}", status, None if said is None else retry_after_s(said, now))
