"""Reads a policy and says, by file and line, what is wrong with it."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import yaml
from pydantic import ValidationError

from schemas.policy.model import Policy


class PolicyError(Exception):
    """A policy that can't be used. The message has a line for each fault: file, line, field."""


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key may stand only once: a second one would silently win."""


def _mapping_of_unique_keys(loader: _StrictLoader, node: yaml.MappingNode) -> dict[object, object]:
    seen: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.MarkedYAMLError(None, None, f"{key} is given twice", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_of_unique_keys
)


def load_default_policy() -> Policy:
    """Return the policy that ships with the package."""
    text = resources.files("schemas.policy").joinpath("default.yaml").read_text("utf-8")
    return parse_policy(text, "default.yaml")


def load_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        PolicyError: the file can't be read, or what it says is no policy.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: can't read the policy: {error}"
        raise PolicyError(msg) from None
    return parse_policy(text, str(path))


def parse_policy(text: str, file: str) -> Policy:
    """Check the text of a policy. `file` is the name that error messages give.

    Raises:
        PolicyError: what it says is no policy.
    """
    try:
        loader = _StrictLoader(text)
        root = loader.get_single_node()
        data = loader.construct_document(root) if root else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        msg = f"{file}, line {line}: not readable as YAML: {error.problem}"
        raise PolicyError(msg) from None
    except yaml.YAMLError as error:
        msg = f"{file}: not readable as YAML: {error}"
        raise PolicyError(msg) from None
    try:
        policy = Policy.model_validate(data)
        _check_segments(policy)
    except ValidationError as error:
        faults = (
            _describe(fault["loc"], fault["msg"], root, file)
            for fault in error.errors()
            # An item that is wrong makes pydantic count its list as too short, too.
            if fault["type"] != "too_short" or error.error_count() == 1
        )
        raise PolicyError("\n".join(dict.fromkeys(faults))) from None
    except _UnknownSegmentError as error:
        raise PolicyError(_describe(error.where, str(error), root, file)) from None
    return policy


class _UnknownSegmentError(Exception):
    def __init__(self, where: Sequence[str | int], message: str) -> None:
        super().__init__(message)
        self.where = where


def _check_segments(policy: Policy) -> None:
    for i, rule in enumerate(policy.rules):
        for j, case in enumerate(rule.cases):
            for segment in getattr(case.when, "entering", ()):
                if segment not in policy.segments.names:
                    known = ", ".join(sorted(policy.segments.names))
                    raise _UnknownSegmentError(
                        ("rules", i, "cases", j, "when", "entering"),
                        f"{segment!r} is no segment of this policy; there are {known}",
                    )


def _describe(
    where: Sequence[str | int], message: str, root: yaml.Node | None, file: str
) -> str:
    names, line = _locate(where, root)
    field = ".".join(names) or "the whole file"
    said = message.removeprefix("Value error, ")
    if said == "Extra inputs are not permitted":
        said = "this name is not known here"
    return f"{file}, line {line}: {field}: {said}"


def _locate(where: Sequence[str | int], root: yaml.Node | None) -> tuple[list[str], int]:
    """Follow pydantic's path through the YAML nodes as far as it leads."""
    names: list[str] = []
    node, line = root, 1
    for part in where:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
            names.append(str(part))
        elif isinstance(node, yaml.MappingNode):
            entry = next((kv for kv in node.value if kv[0].value == part), None)
            if entry is None:
                continue
            line = entry[0].start_mark.line + 1
            node = entry[1]
            names.append(str(part))
    missing = isinstance(where[-1] if where else None, str) and (not names or names[-1] != where[-1])
    return (names + [str(where[-1])] if missing else names), line
