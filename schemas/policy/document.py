"""A policy's text as YAML: its values, and the line of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

_MERGE = "tag:yaml.org,2002:merge"


class NotYaml(Exception):  # noqa: N818 - it names what the text is not
    """The text can't be read; `line` is 0 if that is not known."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


class Place(NamedTuple):
    """A place in the text, as its reader finds it."""

    line: int
    field: str
    """Such as `rules.win_back.cases[0].when`, or empty for the whole of it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text as nodes, which have lines, and as plain values."""

    root: yaml.Node | None
    value: Any
    names_given_twice: tuple[Place, ...]
    """Places of a name that was given before: its value would silently replace the first one."""

    def locate(self, where: Sequence[str | int]) -> Place:
        """Follow names and places in lists, as far as they exist."""
        node, line, field = self.root, 1, ""
        for part in where:
            step = _step(node, part)
            field += _name(node, part)
            if step is not None:
                line, node = step
        return Place(line, field.removeprefix("."))


def read_document(text: str) -> Document:
    """Read YAML.

    Raises:
        NotYaml: it is no YAML, or it has a value that no policy can have.
    """
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            return Document(None, None, ())
        twice = tuple(_names_given_twice(root, "", set()))
        return Document(root, loader.construct_document(root), twice)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = ", ".join(part for part in (error.context, error.problem) if part)
        raise NotYaml(mark.line + 1 if mark else 0, problem) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise NotYaml(line, f"the character U+{error.character:04X} can't be in it") from None
    except RecursionError:
        raise NotYaml(0, "it is nested too deeply") from None


class _Loader(yaml.SafeLoader):
    """YAML in which every name is text, and a value that can't be understood has a line."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        for key, _ in node.value:  # `on` would be true, and `1` a number
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                key.tag = yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        try:
            return super().construct_object(node, deep)
        except (ValueError, TypeError, LookupError, AttributeError):
            problem = f"{node.value!r:.60} can't be understood; if it is text, put it in quotes"
            raise yaml.MarkedYAMLError(None, None, problem, node.start_mark) from None


def _step(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    """The line and the value of a part of a node, if it is there."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):  # what `<<` brings in comes first
            if key.value == str(part):
                return key.start_mark.line + 1, value
    return None


def _name(node: yaml.Node | None, part: str | int) -> str:
    """The next step in the name of a field: an item of a list by its own name, if it has one."""
    if not isinstance(node, yaml.SequenceNode):
        return f".{part}"
    step = _step(node, part)
    named = None if step is None else _step(step[1], "name")
    if named is not None and isinstance(named[1], yaml.ScalarNode) and named[1].value:
        return f".{named[1].value}"
    return f"[{part}]"


def _names_given_twice(node: yaml.Node, field: str, visited: set[int]) -> Iterator[Place]:
    if id(node) in visited:  # an alias
        return
    visited.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from _names_given_twice(item, field + _name(node, i), visited)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            here = f"{field}.{name}"
            if name in seen:
                yield Place(key.start_mark.line + 1, here.removeprefix("."))
            seen.add(name)
            yield from _names_given_twice(value, here, visited)
