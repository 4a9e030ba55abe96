"""Refusal: why a record is not taken."""

from typing import NamedTuple

from schemas.dead_letter import DeadLetterReason


class Refusal(NamedTuple):
    """Why a record is not taken: a code for programs, and a sentence for people."""

    reason: DeadLetterReason
    detail: str
