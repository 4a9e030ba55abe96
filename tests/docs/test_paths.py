"""Each path that a document names exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.docs.repository import CODE, ROOT, documents, name_of

FOLDERS: Final = (*CODE, "docs", "deploy", ".ci")
MADE: Final = ("deploy/.env", "deploy/secrets")
"""What whoever installs us makes: the repository does not have it."""
_PATH: Final = re.compile(rf"(?<![\w./-])((?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*\w)")
_MODULE: Final = re.compile(r"`((?:schemas|topology|services)(?:\.\w+)+)`")
_LINK: Final = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)]*))?\)")


def _is_there(path: str) -> bool:
    """True for a file or folder; the `.py` of a module may be left out."""
    return (ROOT / path).exists() or (ROOT / f"{path}.py").exists() or path.startswith(MADE)


def _missing(document: Path) -> Iterator[str]:
    text = document.read_text(encoding="utf-8")
    without_links = re.sub(r"https?://\S+", "", text)
    for path in _PATH.findall(without_links):
        if not _is_there(path):
            yield path
    for module in _MODULE.findall(text):
        if not any(_is_there(name) for name in (module.replace(".", "/"), _without_last(module))):
            yield module
    for link, anchor in _LINK.findall(text):
        target = document.parent / link if link else document
        if not target.exists():
            yield link
        elif anchor and anchor not in _anchors(target):
            yield f"{link}#{anchor}"


def _anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def _without_last(module: str) -> str:
    """The module of a function or class that is named in full."""
    return module.rpartition(".")[0].replace(".", "/")


@pytest.mark.parametrize("document", [*documents()], ids=name_of)
def test_each_path_of_a_document_exists(document: Path) -> None:
    assert list(_missing(document)) == []


def test_the_index_has_every_decision() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    records = sorted(file.name for file in (ROOT / "docs" / "decisions").glob("0*.md"))
    assert re.findall(r"^\| \[\d{4}\]\((.+?)\)", index, re.MULTILINE) == records
