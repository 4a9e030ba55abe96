"""Formats dead letters for people. Bytes of a sender can't control the terminal."""

import json
import shutil
import sys
from collections.abc import Iterable

from schemas.counted import agreeing, counted
from services.dead_letters.dead_letter import DeadLetter, Source
from services.dead_letters.retry import Fate, RetryResult
from services.dead_letters.view import ListedLetter, list_view
from services.tools.cli.dead_letters_command import RetryReport

NARROWEST = 60
_ELLIPSIS = "…"
_INDENT = "  "


def is_terminal() -> bool:
    """Whether a person reads the output."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def width() -> int:
    """The columns of the terminal; 80 if they are unknown."""
    return max(NARROWEST, shutil.get_terminal_size((80, 24)).columns)


def as_table(letters: Iterable[ListedLetter], columns: int) -> str:
    """Format two lines for each letter: place, customer and reason, then the detail."""
    lines = []
    for each in letters:
        where = str(Source(**each.source.model_dump()))
        line = (
            f"{each.id!s:<9} {each.at:%Y-%m-%d %H:%M}  {_cut(each.customer or '-', 16):<16}  "
            f"{_cut(each.reason, 16):<16}  {where}"
        )
        lines += [_cut(line, columns), _cut(_INDENT + (each.detail or "-"), columns)]
    if not lines:
        return "No dead letters."
    head = f"{'ID':<9} {'WHEN (UTC)':<16}  {'CUSTOMER':<16}  {'REASON':<16}  WHERE"
    return "\n".join([_cut(head, columns), *lines])


def in_words(letter: DeadLetter) -> str:
    """Format one letter: its headers, and the bytes as received."""
    found = list_view(letter)
    about, size = _plain(found.customer or "an unknown customer"), counted(found.bytes, "byte")
    lines = [
        f"{letter.id}, {found.at:%Y-%m-%dT%H:%M:%SZ}, {size}, about {about}",
        *(f"{name}: {_plain(value)}" for name, value in letter.header_texts.items()),
        f"key: {_bytes(letter.key)}",
        "",
        _body(letter.value),
    ]
    return "\n".join(lines)


def report_in_words(report: RetryReport, *, dry_run: bool) -> str:
    """Format how many letters of each reason had which outcome, and why some were not sent."""
    fates = {**_FATES, **(_PLANNED if dry_run else {})}
    lines = [f"Validated under the policy {report.policy}."]
    for (reason, fate), count in sorted(report.counts.items()):
        lines.append(f"{reason}: {count:,} {agreeing(count, *fates[fate])}")
    for reason, detail in sorted(report.details.items()):
        lines.append(f"{_INDENT}{reason}: {_plain(detail)}")
    if not report.counts:
        lines.append("There are no such dead letters.")
    return "\n".join(lines)


def report_as_json(report: RetryReport, *, dry_run: bool) -> str:
    """Format the totals for programs."""
    totals = {"dry_run": dry_run, "retried": report.retried, "refused": report.refused}
    return json.dumps({**totals, "policy": report.policy})


def result_as_json(result: RetryResult) -> str:
    """Format what became of one letter, for programs."""
    decision = result.decision
    fate = {"id": str(result.id), "fate": decision.fate, "reason": decision.reason}
    return json.dumps({**fate, "detail": decision.detail})


_FATES = {
    Fate.RETRIED: ("sent again", "sent again"),
    Fate.REFUSED: (
        "not sent: it would be refused again",
        "not sent: they would be refused again",
    ),
    Fate.IGNORED: (
        "not sent: no customer's journey depends on it",
        "not sent: no customer's journey depends on them",
    ),
    Fate.ERASED: (
        "not sent: it names somebody who was erased",
        "not sent: they name somebody who was erased",
    ),
    Fate.CUT: (
        "not sent: it was cut, since it was too large",
        "not sent: they were cut, since they were too large",
    ),
    Fate.INTERNAL: (
        "not sent: it is no message of a source topic",
        "not sent: they are no messages of a source topic",
    ),
    Fate.MISSING: (
        "not found: it never existed, or Kafka has deleted it",
        "not found: they never existed, or Kafka has deleted them",
    ),
}
"""The words for one letter, and for several."""
_PLANNED = {Fate.RETRIED: ("would be sent again", "would be sent again")}


def _plain(text: str) -> str:
    """Escape every character that would control a terminal."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def _cut(text: str, columns: int) -> str:
    plain = _plain(text)
    return plain if len(plain) <= columns else plain[: columns - 1] + _ELLIPSIS


def _bytes(data: bytes | None) -> str:
    if data is None:
        return "none"
    try:
        return _plain(data.decode())
    except UnicodeDecodeError:
        return repr(data)


def _body(value: bytes | None) -> str:
    """Format the value line by line; a line that is no UTF-8 is escaped."""
    return "(no value)" if value is None else "\n".join(map(_bytes, value.split(b"\n")))
