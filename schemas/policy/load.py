"""Read a policy, and report what is wrong with it by file, line and field."""

from collections.abc import Mapping
from errno import ENOENT
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from schemas.policy.document import NotYaml, Place, read_document
from schemas.policy.exchange import READ_FILE, ReadFile
from schemas.policy.faults import faults_of
from schemas.policy.model import Policy
from schemas.policy.rates_file import MOST_BYTES


class PolicyError(Exception):
    """A policy that can't be used. The message has a line for each fault: file, line, field."""


class PolicySource(NamedTuple):
    """What a policy was read from: its YAML, and the files of rates by the names in it."""

    text: str
    files: Mapping[str, str]


@cache
def load_default_policy() -> Policy:
    """Return the policy that ships with the package."""
    return parse_source(load_default_source(), "default.yaml")


def load_default_source() -> PolicySource:
    """Return the text of the policy that ships with the package."""
    text = resources.files("schemas.policy").joinpath("default.yaml").read_text("utf-8")
    return PolicySource(text, {})


def load_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        PolicyError: the file can't be read, or it is no policy.
    """
    return parse_policy(_read_text(path), str(path), lambda name: _read_bytes(path.parent / name))


def load_source(path: Path) -> tuple[Policy, PolicySource]:
    """Read a policy file, and return also what was read, to be published.

    Raises:
        PolicyError: the file can't be read, or it is no policy.
    """
    text, files = _read_text(path), dict[str, bytes]()

    def read_file(name: str) -> bytes:
        files[name] = _read_bytes(path.parent / name)
        return files[name]

    policy = parse_policy(text, str(path), read_file)
    return policy, PolicySource(text, {name: each.decode() for name, each in files.items()})


def parse_source(source: PolicySource, name: str) -> Policy:
    """Check a policy that was published; `name` is what error messages call it.

    Raises:
        PolicyError: it is no policy that this release knows.
    """
    files = source.files

    def read_file(name: str) -> bytes:
        if name not in files:
            raise FileNotFoundError(ENOENT, "it was not published")
        return files[name].encode()

    return parse_policy(source.text, name, read_file)


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{path}, line {line}: this is no text in UTF-8") from None
    except OSError as error:
        raise PolicyError(f"{path}: can't read the policy: {error.strerror}") from None


def parse_policy(text: str, file: str, read_file: ReadFile | None = None) -> Policy:
    """Check the text of a policy.

    Args:
        text: YAML.
        file: the name that error messages give.
        read_file: reads the files that it names; None if it can't name any.

    Raises:
        PolicyError: what it says is no policy.
    """
    try:
        document = read_document(text)
    except NotYaml as error:
        where = f"{file}, line {error.line}" if error.line else file
        raise PolicyError(f"{where}: not readable as YAML: {_in_one_line(str(error))}") from None
    if document.root is None:
        raise PolicyError(f"{file}, line 1: the policy: is empty; begin with a copy of the default")
    if document.names_given_twice:
        raise PolicyError(
            "\n".join(_line(file, place, "is given twice") for place in document.names_given_twice)
        )
    try:
        context = {} if read_file is None else {READ_FILE: read_file}
        return Policy.model_validate(document.value, context=context)
    except ValidationError as error:
        faults = faults_of(error)
        raise PolicyError(
            "\n".join(_line(file, document.locate(fault.where), fault.text) for fault in faults)
        ) from None


def _read_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _line(file: str, place: Place, problem: str) -> str:
    field = _in_one_line(place.field) or "the policy"
    return f"{file}, line {place.line}: {field}: {_in_one_line(problem)}"


def _in_one_line(text: str) -> str:
    """The text with its invisible characters as escapes."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
