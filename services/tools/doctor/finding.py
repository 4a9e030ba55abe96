"""The result of one check."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Whether something is wrong. A note is worth knowing, but nothing is wrong."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was checked, the verdict, and a message that explains it."""

    subject: str
    verdict: Verdict
    message: str


def ok(subject: str, message: str) -> Finding:
    """The subject is as it should be."""
    return Finding(subject, Verdict.OK, message)


def note(subject: str, message: str) -> Finding:
    """The user should know this."""
    return Finding(subject, Verdict.NOTE, message)


def wrong(subject: str, message: str) -> Finding:
    """The subject keeps something from working."""
    return Finding(subject, Verdict.WRONG, message)
