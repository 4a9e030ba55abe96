"""The bodies of messages as JSON Schema for the OpenAPI document, made from the contracts.

The path of a call determines its type, so a message may leave it out; a field that is null is as
good as none.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas.messages.catalogue import KNOWN_EVENTS, track_models
from schemas.messages.envelope import Context
from schemas.messages.identity import Alias, Identify
from schemas.messages.social import SocialEvent

Schema = dict[str, Any]

_PREFIX: Final = "Message."
"""Before the names of components, so that none is the name of an answer."""
_REF: Final = "#/components/schemas/" + _PREFIX + "{model}"
_GIVEN: Final[Schema] = {"type": ["string", "number"], "minLength": 1}
_TEXT: Final[Schema] = {"type": "string", "maxLength": 256, "pattern": "^([^\\u0000]|$)"}
_NUMBER: Final[Schema] = {"type": "number", "minimum": -1e15, "maximum": 1e15}
_PERSON: Final[Schema] = {
    "anyOf": [_TEXT, _NUMBER],
    "description": "An id of a person. A number counts as its text; an empty one as none.",
}
_VIEW: Final = "View"
_GROUP: Final = "Group"
_OTHER: Final = "OtherEvent"


_TRACKED: Final = track_models()
_MESSAGES: Final[tuple[type[BaseModel], ...]] = (*_TRACKED, Identify, Alias)


def components() -> dict[str, Schema]:
    """The schemas that those of the bodies refer to, by the name of the component."""
    _, found = models_json_schema(
        [(model, "validation") for model in _MESSAGES], by_alias=True, ref_template=_REF
    )
    schemas: dict[str, Schema] = found["$defs"]
    for model in _MESSAGES:
        _open(schemas[model.__name__])
        schemas[model.__name__]["properties"] |= _persons(model)
        if model is not Alias:
            schemas[model.__name__]["anyOf"] = _names_somebody(social=model is SocialEvent)
    _open(schemas[Context.__name__])
    schemas |= {_VIEW: _view(), _GROUP: _group(), _OTHER: _other_event()}
    return {_PREFIX + name: schema for name, schema in schemas.items()}


def _open(schema: Schema) -> None:
    """Let `type` be left out, and null stand for whatever may be left out."""
    required = [each for each in schema.get("required", []) if each != "type"]
    schema.pop("required", None)
    if required:
        schema["required"] = required
    if "type" in schema["properties"]:
        schema["properties"]["type"] = {"description": "Where the path does not say it."}
    for name, field in schema["properties"].items():
        if name not in (*required, "type") and {"type": "null"} not in field.get("anyOf", []):
            kept = {key: field.pop(key) for key in ("default", "description") if key in field}
            schema["properties"][name] = {"anyOf": [field, {"type": "null"}], **kept}


def _persons(model: type[BaseModel] | None) -> Schema:
    """The ids of persons in a message, which may be null unless they must be there."""
    optional = {**_PERSON, "anyOf": [_TEXT, _NUMBER, {"type": "null"}]}
    user = {**_PERSON, "anyOf": [{**_TEXT, "minLength": 1}, _NUMBER]}
    if model is not Alias:
        user = optional
    return {"userId": user, "anonymousId": optional}


def _names_somebody(*, social: bool = False) -> list[Schema]:
    """A message must name a person."""
    ids = [{"required": [each], "properties": {each: _GIVEN}} for each in ("userId", "anonymousId")]
    handle = {"required": ["handle"], "properties": {"handle": _GIVEN}}
    return [*ids, {"properties": {"properties": handle}}] if social else ids


def _view() -> Schema:
    return {
        "type": "object",
        "description": "A page of the shop, or a screen of its app: a sign of life, and no more.",
        "properties": _persons(None),
        "anyOf": _names_somebody(),
    }


def _group() -> Schema:
    return {"type": "object", "description": "It is acknowledged, and passed over."}


def _other_event() -> Schema:
    event = {"type": "string", "minLength": 1, "not": {"enum": sorted(KNOWN_EVENTS)}}
    return {
        "type": "object",
        "description": "An event that no journey depends on is acknowledged, and passed over.",
        "required": ["event"],
        "properties": {"event": event},
    }


def _ref(name: str) -> Schema:
    return {"$ref": _REF.format(model=name)}


def _typed(name: str, *types: str) -> Schema:
    """A message that must have its type."""
    typed = {"required": ["type"], "properties": {"type": {"enum": list(types)}}}
    return {"allOf": [_ref(name), typed]}


_TRACK: Final[Schema] = {"anyOf": [_ref(each.__name__) for each in _TRACKED]}
_TYPED: Final[Sequence[Schema]] = (
    *(_typed(each.__name__, "track") for each in _TRACKED),
    _typed("Identify", "identify"),
    _typed("Alias", "alias"),
    _typed(_VIEW, "page", "screen"),
)
_PASSED_OVER: Final[Sequence[Schema]] = (_typed(_GROUP, "group"), _typed(_OTHER, "track"))
_ANYTHING: Final[Schema] = {
    "description": "What is no good message is not taken, and listed in `rejected`; its neighbours "
    "are taken."
}

OF_CALL: Final[Mapping[str, Schema]] = {
    "track": {"anyOf": [*_TRACK["anyOf"], _ref(_OTHER)]},
    "identify": _ref("Identify"),
    "alias": _ref("Alias"),
    "page": _ref(_VIEW),
    "screen": _ref(_VIEW),
    "group": _ref(_GROUP),
}
"""The body of each of Segment's calls for one message."""

OF_BATCH: Final[Schema] = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {
            "type": "array",
            "maxItems": 2500,
            "items": {"anyOf": [*_TYPED, *_PASSED_OVER, _ANYTHING]},
        },
        "sentAt": {
            "description": "When it was sent, by the sender's clock: a time in ISO 8601. Anything "
            "else is passed over.",
            "examples": ["2026-11-20T10:15:00Z"],
        },
        "context": {
            "description": "An object, for messages that say nothing else. Anything else is passed "
            "over.",
            "examples": [{"channel": "web"}],
        },
    },
}
"""The body of `batch` and `import`."""

OF_SOURCE: Final[Schema] = {
    "anyOf": [
        *_TYPED,
        {"type": "array", "maxItems": 2500, "items": {"anyOf": [*_TYPED, _ANYTHING]}},
    ]
}
"""The body of an ending for one source: a message, or a list of them."""
