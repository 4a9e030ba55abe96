"""Dead letters as people read them: what senders wrote can do nothing to their terminal."""

import json
import shutil
import sys
from collections.abc import Iterable

from schemas.counted import agreeing, counted
from services.dead_letters.dead_letter import DeadLetter, Source
from services.dead_letters.retry import Fate, Tried
from services.dead_letters.view import ListedLetter, listed
from services.tools.cli.dead_letters_command import RetryReport

NARROWEST = 60
_ELLIPSIS = "…"
_INDENT = "  "


def is_terminal() -> bool:
    """Whether somebody reads what is printed."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def width() -> int:
    """How many columns there are; 80 if nobody can say."""
    return max(NARROWEST, shutil.get_terminal_size((80, 24)).columns)


def as_table(letters: Iterable[ListedLetter], columns: int) -> str:
    """Two lines for each: where and whom it is about, and then why."""
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
    """One letter: its headers, and the bytes as received."""
    found = listed(letter)
    about, size = _plain(found.customer or "nobody who can be read"), counted(found.bytes, "byte")
    lines = [
        f"{letter.id}, {found.at:%Y-%m-%dT%H:%M:%SZ}, {size}, about {about}",
        *(f"{name}: {_plain(value)}" for name, value in letter.said.items()),
        f"key: {_bytes(letter.key)}",
        "",
        _body(letter.value),
    ]
    return "\n".join(lines)


def report_in_words(report: RetryReport, *, dry_run: bool) -> str:
    """How many of each reason came to which fate, and why some did not go."""
    fates = {**_FATES, **(_PLANNED if dry_run else {})}
    lines = [f"Judged by the policy {report.policy} (STAMMKUNDE_POLICY)."]
    for (reason, fate), count in sorted(report.counts.items()):
        lines.append(f"{reason}: {count:,} {agreeing(count, *fates[fate])}")
    for reason, detail in sorted(report.whys.items()):
        lines.append(f"{_INDENT}{reason}: {_plain(detail)}")
    if not report.counts:
        lines.append("There are no such dead letters.")
    return "\n".join(lines)


def report_as_json(report: RetryReport, *, dry_run: bool) -> str:
    """The summary for programs."""
    said = {"dry_run": dry_run, "retried": report.retried, "refused": report.refused}
    return json.dumps({**said, "policy": report.policy})


def tried_as_json(tried: Tried) -> str:
    """What became of one letter, for programs."""
    verdict = tried.verdict
    said = {"id": str(tried.id), "fate": verdict.fate, "reason": verdict.reason}
    return json.dumps({**said, "detail": verdict.detail})


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
        "not sent: it is no message of a source",
        "not sent: they are no messages of a source",
    ),
    Fate.MISSING: ("not there (any more)", "not there (any more)"),
}
"""What became of one letter, and of several."""
_PLANNED = {Fate.RETRIED: ("would be sent again", "would be sent again")}


def _plain(text: str) -> str:
    """The text without what a terminal would obey."""
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
    """As received, readable as far as it is text."""
    return "(no value)" if value is None else "\n".join(map(_bytes, value.split(b"\n")))
