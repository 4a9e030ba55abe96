"""The errors of pydantic in a policy, as sentences for its author."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.policy.exchange import EXCHANGES
from schemas.policy.model import Policy
from schemas.policy.occasions.when import KINDS
from schemas.policy.part import FAULTS, PATTERNS, Fault, Where

_SHORT: Final = 40

_MUST_BE: Final = {
    "bool_type": "must be true or false",
    "decimal_parsing": "must be a number",
    "decimal_type": "must be a number",
    "enum": "must be {expected}",
    "dict_type": "must have names and values in it",
    "finite_number": "must be a number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "mapping_type": "must have names and values in it",
    "model_type": "must have names and values in it",
    "string_pattern_mismatch": "must be {pattern}",
    "string_type": "must be text (in quotes, if YAML takes it for something else)",
    "tuple_type": "must be a list, such as [1, 2]",
}
"""By pydantic's types of errors; the words in braces are from the error's context."""

_SENTENCES: Final = {
    "missing": "is missing",
    "too_short": "list at least one",
}


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Each fault once, in the order in which pydantic found them."""
    details = error.errors(include_url=False)
    found = (
        fault
        for detail in details
        if not _follows_from_another(detail, details)
        for fault in _faults(detail)
    )
    return tuple(dict.fromkeys(found))


def _follows_from_another(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Pydantic also reports a list as too short if one of its items is wrong."""
    where = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(where) and other["loc"][: len(where)] == where for other in details
    )


def _faults(detail: ErrorDetails) -> Iterator[Fault]:
    where = _without_tags(detail["loc"])
    if detail["type"] == FAULTS:
        for inner, text in detail["ctx"][FAULTS]:
            yield Fault((*where, *inner), text)
    else:
        yield Fault(where, _sentence(detail, where))


def _without_tags(loc: Where) -> Where:
    """The place in the file: pydantic also names the kind of `when` or exchange that it chose."""
    return tuple(
        part
        for i, part in enumerate(loc)
        if not (part in KINDS and i and loc[i - 1] == "when") and part not in EXCHANGES
    )


def _sentence(detail: ErrorDetails, where: Where) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_name(where, detail["loc"])
    if kind in _MUST_BE:
        must_be = _MUST_BE[kind].format_map(_in_words(detail.get("ctx", {})))
        return f"{must_be}, {_not_that(detail['input'])}"
    return _SENTENCES.get(kind, detail["msg"].removeprefix("Value error, "))


def _in_words(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context of an error, with the pattern in words, and 1.0 as 1."""
    return {
        name: f"{value:g}" if isinstance(value, float) else PATTERNS.get(str(value), value)
        for name, value in context.items()
    }


def _unknown_name(where: Where, loc: Where) -> str:
    if where[-1] in KINDS and where[-2:-1] == ("when",):
        return "say only one when; another one is a case of its own"
    return f"this name is not known here; there are {', '.join(_names_beside(loc))}"


def _not_that(given: Any) -> str:
    if given is None:
        return "and is empty"
    if isinstance(given, Mapping):
        return "not names and values"
    if isinstance(given, list | tuple):
        return "not a list"
    text = {True: "true", False: "false"}[given] if isinstance(given, bool) else repr(given)
    return f"not {text if len(text) <= _SHORT else text[:_SHORT] + '…'}"


def _names_beside(loc: Where) -> tuple[str, ...]:
    """The names that are known where an unknown one was written."""
    model: type[BaseModel] = Policy
    before: str | int = ""
    for part in loc[:-1]:
        if before == "when" and part in KINDS:
            model = KINDS[str(part)]
        elif part in EXCHANGES:
            model = EXCHANGES[str(part)]
        elif part in model.model_fields:
            model = next(_parts(model.model_fields[str(part)].annotation))
        before = part
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    """The parts of a policy in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)
