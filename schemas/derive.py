"""Derive msgspec Structs from the pydantic contracts, where speed counts.

The contracts are written once, in pydantic. A Struct that is derived from one has the same fields,
names, defaults and bounds, and is several times faster to decode and to encode.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import GenericAlias, MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import annotated_types
import msgspec
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, PlainValidator
from pydantic.fields import FieldInfo

from schemas.contract import TO_UTC


class NotDerivableError(TypeError):
    """A model has something that a Struct can't have."""


NEVER: Any = Literal["\0never"]
"""A type without values: an object with such a field is not decoded."""

Model = TypeVar("Model", bound=BaseModel)


def derive(model: type[Model], present: Collection[str] = ()) -> type[Model]:
    """Return a Struct with the attributes of the model.

    It has the attributes of the model, so it is declared as the model's type. It lacks pydantic's
    methods, and the fields that are left out without a value, but for those in `present`.

    Raises:
        NotDerivableError: the model has a validator of its own, or a type that is not known here.
    """
    return derive_struct(model, {}, present=present)


@dataclass(frozen=True, slots=True)
class Tag:
    """The value of a field that tells the members of a union apart."""

    field: str
    value: str


def derive_struct(  # noqa: PLR0913 - each is a part of the Struct
    model: type[BaseModel],
    known: dict[Any, Any],
    *,
    tag: Tag | None = None,
    namespace: Mapping[str, Any] = MappingProxyType({}),
    more: Sequence[tuple[str, Any, Any]] = (),
    refused: Sequence[str] = (),
    present: Collection[str] = (),
) -> type[Any]:
    """Return a Struct for a model.

    `known` collects those of the models inside it; what is in it already stands for the model, or
    for the annotated type, that is its key. `more` are fields beside those of the model: name, type
    and default. An object is not decoded if it has a field whose name is in `refused`, or lacks an
    optional one in `present`.
    """
    if tag is None and model in known:
        struct: type[Any] = known[model]
        return struct
    if _has_validators(model):
        raise NotDerivableError(model.__name__)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, field in model.model_fields.items():
        if tag is not None and name == tag.field:
            continue
        if field.exclude_if is not None and name not in present:
            continue
        annotation = _bounded(_type(field.annotation, known), field.metadata)
        if field.is_required():
            fields.append((name, annotation))
        elif name in present:
            fields.append((name, _without_none(annotation)))
        else:
            fields.append((name, annotation, _default(field, annotation)))
    never: list[tuple[str, Any, Any]] = [(f"never_{n}", NEVER, None) for n in range(len(refused))]
    struct = msgspec.defstruct(
        model.__name__,
        [*fields, *more, *never],
        namespace=dict(namespace) | ({tag.field: tag.value} if tag else {}),
        rename={name: field.alias or name for name, field in model.model_fields.items()}
        | {field: name for (field, *_), name in zip(never, refused, strict=True)},
        tag_field=tag.field if tag else None,
        tag=tag.value if tag else None,
        kw_only=True,
        frozen=True,
        gc=False,
    )
    if tag is None:
        known[model] = struct
    return struct


def _has_validators(model: type[BaseModel]) -> bool:
    decorators = model.__pydantic_decorators__
    return bool(
        decorators.validators
        or decorators.field_validators
        or decorators.root_validators
        or decorators.model_validators
    )


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) not in {Union, UnionType}:
        return annotation
    return Union[tuple(each for each in get_args(annotation) if each is not NoneType)]  # noqa: UP007


def _default(field: FieldInfo, annotation: Any) -> Any:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        value = msgspec.convert(value.model_dump(mode="json", by_alias=True), annotation)
    return value


def _type(annotation: Any, known: dict[Any, Any]) -> Any:
    origin = get_origin(annotation)
    if origin is Annotated:
        if annotation in known:
            return known[annotation]
        inner, *metadata = get_args(annotation)
        flat = [
            each
            for item in metadata
            for each in (item.metadata if isinstance(item, FieldInfo) else [item])
        ]
        return _bounded(_type(inner, known), flat)
    if origin in {Union, UnionType}:
        return Union[tuple(_type(each, known) for each in get_args(annotation))]  # noqa: UP007
    if origin is tuple and get_args(annotation)[1:] == (...,):
        item = _type(get_args(annotation)[0], known)
        return GenericAlias(tuple, (item, ...))
    if origin is Literal:
        return annotation
    return _plain_type(annotation, known)


def _plain_type(annotation: Any, known: dict[Any, Any]) -> Any:
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            return derive_struct(annotation, known)
        if annotation is AwareDatetime:
            return Annotated[datetime, msgspec.Meta(tz=True)]
        if annotation in {str, float, int, bool, NoneType} or issubclass(annotation, Enum):
            return annotation
    raise NotDerivableError(str(annotation))


def _bounded(annotation: Any, metadata: list[Any]) -> Any:
    """Carry pydantic's bounds over to msgspec."""
    bounds: dict[str, Any] = {}
    for item in metadata:
        bounds |= _bound(item)
    if not bounds:
        return annotation
    meta = msgspec.Meta(**bounds)
    if get_origin(annotation) in {Union, UnionType}:
        members = (
            each if each is NoneType else Annotated[each, meta] for each in get_args(annotation)
        )
        return Union[tuple(members)]  # noqa: UP007
    return Annotated[annotation, meta]


_BOUNDS: Mapping[type, str] = {
    annotated_types.Ge: "ge",
    annotated_types.Gt: "gt",
    annotated_types.Le: "le",
    annotated_types.Lt: "lt",
    annotated_types.MinLen: "min_length",
    annotated_types.MaxLen: "max_length",
}


def _bound(item: Any) -> dict[str, Any]:
    if isinstance(item, (AfterValidator, BeforeValidator, PlainValidator)) and item != TO_UTC:
        raise NotDerivableError(repr(item))
    if type(item) in _BOUNDS:
        name = _BOUNDS[type(item)]
        return {name: getattr(item, name)}
    general = getattr(item, "__dict__", {})
    if "pattern" in general:  # The end of a text, not also a line break before it.
        return {"pattern": re.sub(r"\$\Z", r"\\Z", general["pattern"])}
    return {}
