"""One word for one thing: words that we have given up are in no identifier and in no document.

Each comes with the word to use instead. A word stands here only if it has no other meaning in this
code: `mark` has one in pytest.
"""

import re
import tokenize
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.docs.repository import CODE, ROOT, documents, name_of

IN_ALL_CODE: Final[Mapping[str, str]] = {
    "court": "validator",
    "courier": "delivery worker",
    "couriers": "delivery workers",
    "lane": "partition queue",
    "lanes": "partition queues",
    "leftover": "the workaround's name",
    "leftovers": "workarounds",
    "outlet": "event producer",
    "outlets": "event producers",
    "parcel": "batch",
    "parcels": "batches",
    "patience": "backoff, or timeout",
    "posting": "record router",
    "sheet": "scores",
    "surroundings": "dependencies",
}
"""Words of identifiers: `lane` is one of `open_lane` and of `LaneState`."""

IN_THE_PRODUCT: Final[Mapping[str, str]] = {
    "desk": "delivery queue",
    "desks": "delivery queues",
    "hears": "reads, records or notifies",
    "heed": "read, record or notify",
    "heeds": "reads, records or notifies",
    "judge": "validate, or decide",
    "judged": "validated, or decided",
    "judges": "validates, or decides",
}
"""The same, for the product: tests may have a judge, such as the oracle, and a shop's help desk."""

FUNCTIONS: Final[Mapping[str, str]] = {
    "beside": "run_with_background",
    "heed": "read, record or notify",
    "together": "run_until_first_exits",
}
"""Whole names of functions: as a part of one they may be right."""

CLASSES: Final[Mapping[str, str]] = {
    "Court": "Validator",
    "Letter": "DeadLetter or WebhookMessage",
    "Moment": "Instant",
    "Outlet": "EventProducer",
    "Patience": "Backoff",
    "Posting": "RecordRouter",
    "Surroundings": "Dependencies",
}
"""Whole names of classes."""

PROSE: Final[Mapping[str, str]] = {
    r"(a|the|each|this) marks?": "erasure tombstone",
    r"(every|the|this) door": "way in, or what it is: HTTP, Kafka, a replay",
    r"anew": "again",
    r"decided afresh": "decided again",
    r"drives? out": "replaces",
    r"fate": "outcome",
    r"heard": "read, or received",
    r"hears?": "reads, or learns",
    r"heeds?": "follows",
    r"judge[ds]?": "checks, decides or validates; for a thing: the validator",
    r"lanes?": "partition queue",
    r"let(s|ting)? go of": "closes, drops or forgets",
    r"message ids of late": "recently seen message ids",
    r"passe[ds] over": "ignored",
    r"there were 1": "1 …, with the noun",
    r"told": "said, sent or reported, with the actor",
    r"what has come back": "a returning customer, or whoever it is",
}
"""Patterns of whole words that sound translated, or that are pictures."""

SHIPPED: Final = ("schemas", "topology", "services")


@cache
def words_in(name: str) -> tuple[str, ...]:
    """Split an identifier at underscores and at the capitals of camel case, in lower case."""
    return tuple(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name))


def _names_in(file: Path) -> Iterator[tuple[int, str, str]]:
    """Each identifier with its line, and with the keyword before it: `def`, `class` or nothing."""
    yield 1, file.stem, ""
    before = ""
    with tokenize.open(file) as source:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.NAME:
                yield token.start[0], token.string, before
            before = token.string if token.string in {"def", "class"} else ""


def _may_have_faults(file: Path, words: Mapping[str, str]) -> bool:
    """Look at the text alone, comments included: to take a file apart takes long."""
    found = {file.stem, *re.findall(r"[^\W\d]\w*", file.read_text(encoding="utf-8"))}
    return any(
        _instead_of(name, keyword, words) for name in found for keyword in ("def", "class", "")
    )


def _instead_of(name: str, keyword: str, words: Mapping[str, str]) -> str | None:
    """Return what to write instead of a name; None if the name is good."""
    if keyword == "def" and name in FUNCTIONS:
        return FUNCTIONS[name]
    if keyword == "class" and name.strip("_") in CLASSES:
        return CLASSES[name.strip("_")]
    return next((words[word] for word in words_in(name) if word in words), None)


@pytest.mark.parametrize("folder", CODE)
def test_no_identifier_has_a_word_that_was_given_up(folder: str) -> None:
    words = {**IN_ALL_CODE, **(IN_THE_PRODUCT if folder in SHIPPED else {})}
    faults = [
        f"{name_of(file)}:{line}: {name}: write {better}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        if _may_have_faults(file, words)
        for line, name, keyword in _names_in(file)
        if (better := _instead_of(name, keyword, words)) is not None
    ]
    assert not faults, "\n".join(["", *faults])


@pytest.mark.parametrize("document", [*documents()], ids=name_of)
def test_no_document_has_an_expression_that_was_given_up(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    faults = [
        f"{name_of(document)}:{text.count(chr(10), 0, found.start()) + 1}: "
        f"{' '.join(found[0].split())}: write {better}"
        for expression, better in PROSE.items()
        for found in re.finditer(_over_lines(expression), text, re.IGNORECASE)
    ]
    assert not faults, "\n".join(["", *faults])


def _over_lines(expression: str) -> str:
    """The pattern, also where a line ends within the expression."""
    return rf"\b{expression}\b".replace(" ", r"\s+")


def test_a_word_is_found_within_a_name() -> None:
    words = {"lane": "partition queue"}
    assert words_in("HTTPLaneState_of") == ("http", "lane", "state", "of")
    assert _instead_of("open_lane", "", words) == "partition queue"
    assert _instead_of("LaneState", "class", words) == "partition queue"
    assert _instead_of("planes", "", words) is None


def test_a_function_is_found_by_its_whole_name() -> None:
    assert _instead_of("beside", "def", {}) == "run_with_background"
    assert _instead_of("beside", "", {}) is None
    assert _instead_of("test_two_lie_beside_each_other", "def", {}) is None
