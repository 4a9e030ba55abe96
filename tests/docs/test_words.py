"""One word for one thing: words that we have given up are in no identifier and in no document.

Each comes with the word to use instead. A word of the glossary's last column is missing here only
if it has an ordinary meaning in this code:

- `kept`, `rest` and `waiting`: what a row keeps, the remaining items, a task that waits. As words
  for a held promotion they are gone.
- `letter` and `mark`: dead letters are Kafka's, and pytest has marks.
- `look`, `say`, `shown` and `parts`: ordinary verbs and nouns; the functions of these names and the
  folder are gone.
- `moved` and `standing`: a partition moves, and the policy has conditions on how a customer stands.
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
    "desk": "delivery queue",
    "desks": "delivery queues",
    "door": "endpoint, or what it is: HTTP, Kafka, a replay",
    "doors": "endpoints, or what they are: HTTP, Kafka, a replay",
    "facts": "history, scores or inputs",
    "hear": "read, record, process or notify",
    "heard": "received, read or processed",
    "hears": "reads, records, processes or notifies",
    "heed": "read, record or notify",
    "heeds": "reads, records or notifies",
    "judge": "validate, decide or expect",
    "judged": "validated, decided or expected",
    "judgement": "check",
    "judges": "validates or decides",
    "lane": "partition queue",
    "lanes": "partition queues",
    "leftover": "the workaround's name",
    "leftovers": "workarounds",
    "moment": "instant, time or delay",
    "moments": "instants or times",
    "outlet": "event producer",
    "outlets": "event producers",
    "parcel": "batch",
    "parcels": "batches",
    "patience": "backoff, or timeout",
    "posting": "record router",
    "said": "what it is: value, text, message, output, properties",
    "sheet": "scores",
    "surroundings": "dependencies",
    "tell": "notify, report or send",
    "tells": "notifies, reports or sends",
    "told": "what it is: messages, received, recorded, notified",
}
"""Words of identifiers: `lane` is one of `open_lane` and of `LaneState`."""

CONTRACTS: Final = frozenset({"fact", "facts", "told_by_row"})
"""Whole identifiers that are fields of records and answers: another name would break them."""

FUNCTIONS: Final[Mapping[str, str]] = {
    "beside": "run_with_background",
    "let_go": "close_client, or release",
    "look": "read, or check",
    "say": "record, publish or produce",
    "says": "record, publish or produce",
    "shown": "redact, or view",
    "together": "run_until_first_exits",
}
"""Whole names of functions: as a part of one they may be right."""

CLASSES: Final[Mapping[str, str]] = {
    "Letter": "DeadLetter or WebhookMessage",
    "Parts": "Dependencies",
    "Sheet": "Scores",
}
"""Whole names of classes, of words that are right in other names."""

PROSE: Final[Mapping[str, str]] = {
    r"(a|the|each|this) marks?": "erasure tombstone",
    r"(both|each|every|the|this) doors?": "endpoint, or what it is: HTTP, Kafka, a replay",
    r"anew": "again",
    r"couriers?": "delivery worker",
    r"decided afresh": "decided again",
    r"drives? out": "replaces",
    r"fate": "outcome",
    r"heard": "read, or received",
    r"hears?": "reads, or learns",
    r"heeds?": "follows",
    r"judge[ds]?": "checks, decides or validates; for a thing: the validator",
    r"lanes?": "partition queue",
    r"leftovers?": "workaround",
    r"let(s|ting)? go of": "closes, drops or forgets",
    r"outlets?": "event producer",
    r"surroundings": "dependencies",
    r"message ids of late": "recently seen message ids",
    r"passe[ds] over": "ignored",
    r"there were 1": "1 …, with the noun",
    r"told": "said, sent or reported, with the actor",
    r"what has come back": "a returning customer, or whoever it is",
}
"""Patterns of whole words that sound translated, or that are pictures."""


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


def _may_have_faults(file: Path) -> bool:
    """Look at the text alone, comments included: to take a file apart takes long."""
    found = {file.stem, *re.findall(r"[^\W\d]\w*", file.read_text(encoding="utf-8"))}
    return any(_instead_of(name, keyword) for name in found for keyword in ("def", "class", ""))


def _instead_of(name: str, keyword: str) -> str | None:
    """Return what to write instead of a name; None if the name is good."""
    if name in CONTRACTS:
        return None
    if keyword == "def" and name in FUNCTIONS:
        return FUNCTIONS[name]
    if keyword == "class" and name.strip("_") in CLASSES:
        return CLASSES[name.strip("_")]
    return next((IN_ALL_CODE[word] for word in words_in(name) if word in IN_ALL_CODE), None)


@pytest.mark.parametrize("folder", CODE)
def test_no_identifier_has_a_word_that_was_given_up(folder: str) -> None:
    faults = [
        f"{name_of(file)}:{line}: {name}: write {better}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        if _may_have_faults(file)
        for line, name, keyword in _names_in(file)
        if (better := _instead_of(name, keyword)) is not None
    ]
    assert not faults, "\n".join(["", *faults])


@pytest.mark.parametrize("document", [*documents()], ids=name_of)
def test_no_document_has_an_expression_that_was_given_up(document: Path) -> None:
    faults = [*_expressions_in(document.read_text(encoding="utf-8"), 1)]
    assert not faults, "\n".join(["", *(f"{name_of(document)}:{each}" for each in faults)])


@pytest.mark.parametrize("folder", CODE)
def test_no_comment_has_an_expression_that_was_given_up(folder: str) -> None:
    """Docstrings are meant, too. The domain is left out until its types are native."""
    faults = [
        f"{name_of(file)}:{each}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        if not file.is_relative_to(ROOT / "topology" / "domain") and file != Path(__file__)
        if any(_expressions_in(file.read_text(encoding="utf-8"), 1))
        for line, text in _comments_in(file)
        for each in _expressions_in(text, line)
    ]
    assert not faults, "\n".join(["", *faults])


def _comments_in(file: Path) -> Iterator[tuple[int, str]]:
    """Each comment and each docstring with its line."""
    with tokenize.open(file) as source:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.COMMENT or token.string.startswith(('"""', 'r"""')):
                yield token.start[0], token.string


def _expressions_in(text: str, line: int) -> Iterator[str]:
    """Yield the line and the expression of each fault, and what to write."""
    for expression, better in PROSE.items():
        for found in re.finditer(_over_lines(expression), text, re.IGNORECASE):
            at = line + text.count("\n", 0, found.start())
            yield f"{at}: {' '.join(found[0].split())}: write {better}"


def _over_lines(expression: str) -> str:
    """The pattern, also where a line ends within the expression."""
    return rf"\b{expression}\b".replace(" ", r"\s+")


def test_a_word_is_found_within_a_name() -> None:
    assert words_in("HTTPLaneState_of") == ("http", "lane", "state", "of")
    assert _instead_of("open_lane", "") == "partition queue"
    assert _instead_of("LaneState", "class") == "partition queue"
    assert _instead_of("planes", "") is None


def test_a_field_of_a_contract_is_found_as_a_part_only() -> None:
    assert _instead_of("facts", "") is None
    assert _instead_of("facts_of", "def") == "history, scores or inputs"


def test_a_function_is_found_by_its_whole_name() -> None:
    assert _instead_of("beside", "def") == "run_with_background"
    assert _instead_of("beside", "") is None
    assert _instead_of("test_two_lie_beside_each_other", "def") is None


def test_an_expression_is_found_over_lines() -> None:
    text = "A mistake.\nA row is decided\n    afresh."
    assert [*_expressions_in(text, 7)] == ["8: decided afresh: write decided again"]
