"""Every event that we log has a sentence, and every sentence an event."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import services
import topology
from services.platform.log_sentences import SENTENCES, with_sentence

LEVELS = {"info", "warning", "error", "exception", "critical"}
OUTAGE = Path("services/platform/outage.py")
"""Here alone the event is put together: of what is away."""
ROOT = Path(services.__file__ or "").parents[1]


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for room in (services, topology):
        for file in sorted(Path(room.__file__ or "").parent.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield file.relative_to(ROOT), node


def is_logged(call: ast.Call) -> bool:
    made = call.func
    return (
        isinstance(made, ast.Attribute)
        and made.attr in LEVELS
        and ast.unparse(made.value).rstrip("()").endswith(("log", "get_logger"))
    )


def events() -> Iterator[str]:
    for file, call in calls():
        if is_logged(call) and file != OUTAGE:
            event = call.args[0]
            assert isinstance(event, ast.Constant), f"{file}:{call.lineno}: not a plain name"
            yield str(event.value)
        elif isinstance(call.func, ast.Name) and call.func.id == "Outage":
            away = call.args[1]
            if isinstance(away, ast.Constant):
                yield from (f"{away.value!s}_away", f"{away.value!s}_back")
    for what in ("kafka", "redis", "topics", "turn"):  # Of the projector, see `Outages.of`.
        yield from (f"{what}_away", f"{what}_back")


def test_every_event_has_a_sentence_and_every_sentence_an_event() -> None:
    assert set(events()) == set(SENTENCES)


@pytest.mark.parametrize("sentence", SENTENCES.values())
def test_a_sentence_is_one(sentence: str) -> None:
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "  " not in sentence
    assert "_" not in re.sub(r"[A-Z_]{2,}", "", sentence), "only settings have such names"


def test_the_sentence_stands_beside_the_event() -> None:
    entry = with_sentence(None, "info", {"event": "kafka_back", "away_s": 4.0})
    assert entry == {"event": "kafka_back", "away_s": 4.0, "message": SENTENCES["kafka_back"]}
    assert with_sentence(None, "info", {"event": "of a library"}) == {"event": "of a library"}
