"""One thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it is: `note` is worth knowing, and nothing is wrong."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and a sentence or a few words that say so."""

    subject: str
    verdict: Verdict
    said: str


def ok(subject: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(subject, Verdict.OK, said)


def note(subject: str, said: str) -> Finding:
    """It is worth knowing."""
    return Finding(subject, Verdict.NOTE, said)


def wrong(subject: str, said: str) -> Finding:
    """It keeps something from working."""
    return Finding(subject, Verdict.WRONG, said)
