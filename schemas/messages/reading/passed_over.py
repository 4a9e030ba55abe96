"""Side fields that can't be read are ignored. Validation by the contract finds them.

A null counts as absent, for any field. A list loses only the items that can't be read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from schemas.contract import is_side
from schemas.messages.envelope import Message
from schemas.messages.reading.json_text import Json, PassedOver

OTHERS: Final = frozenset(
    {
        *("messageId", "userId", "anonymousId", "previousId", "properties.handle"),
        "properties.refund_id",
        *("originalTimestamp", "sentAt", "receivedAt"),
    }
)
"""Ids and times that are ignored where another one, or none, decides."""


class _Spot(NamedTuple):
    """A value that may be left out: the object or list that it is in, and its place there."""

    inside: Any
    step: str | int
    path: str


def without_unreadable(
    content: Json, contract: TypeAdapter[Message], model: type[Message], pass_over: PassedOver
) -> Message:
    """Return the message, and remove from `content` what is null, or unreadable and not deciding.

    Raises:
        ValidationError: a field that decides can't be read.
    """
    while True:
        try:
            return contract.validate_python(content)
        except ValidationError as error:
            places = (_spot_of(content, model, fault["loc"]) for fault in error.errors())
            spots = [spot for spot in places if spot is not None]
            if not spots:
                raise
            _take_out(spots, pass_over)


def _spot_of(content: Json, model: type[Message], where: tuple[int | str, ...]) -> _Spot | None:
    """The smallest value around a fault that may be left out; None if a deciding field is wrong."""
    inside: Any = content
    known: type[BaseModel] | None = model
    found: _Spot | None = None
    names: list[str] = []
    for step in where[len(where) and _tags_of(model) :]:
        if isinstance(step, int) and isinstance(inside, list) and found is not None:
            found = _Spot(inside, step, ".".join(names))
            inside = inside[step]
            continue
        field = fields_of(known).get(str(step))
        if field is None or not isinstance(inside, dict) or step not in inside:
            break
        names.append(str(step))
        if is_side(field) or inside[step] is None:
            found = _Spot(inside, step, ".".join(names))
        elif found is not None and not isinstance(found.step, int):
            found = None
        inside, known = inside[step], model_in(field.annotation)
    return found


def _take_out(spots: list[_Spot], pass_over: PassedOver) -> None:
    emptied: dict[int, list[Any]] = {}
    for inside, step, path in spots:
        if isinstance(step, int):
            emptied[id(inside)] = inside
            before, inside[step] = inside[step], None
        else:
            before = inside.pop(step, None)
        if before is not None:
            pass_over(path)
    for each in emptied.values():
        each[:] = [item for item in each if item is not None]


def side_paths(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """The paths of the side fields of a contract: a closed set."""
    for name, field in fields_of(model).items():
        path = f"{before}{name}"
        if is_side(field):
            yield path
        inner = model_in(field.annotation)
        if inner is not None:
            yield from side_paths(inner, f"{path}.")


def fields_of(model: type[BaseModel] | None) -> Mapping[str, FieldInfo]:
    """The fields of a contract by their names in JSON."""
    if model is None:
        return {}
    return {field.alias or name: field for name, field in model.model_fields.items()}


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The contract of a field, or of the items of a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (model_in(each) for each in get_args(annotation))
    return next((each for each in found if each is not None), None)


def _tags_of(model: type[Message]) -> int:
    """The number of union tags before the fields in the place of a fault."""
    return 2 if "event" in model.model_fields else 1
