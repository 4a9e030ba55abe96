"""What the headers of a trigger say: CloudEvents 1.0, in the binary mode of its Kafka binding.

There is no `ce_subject`: a customer's id may be an address or a name, and CloudEvents asks to keep
such out of attributes, which are logged and routed by. The key and the value have it.
"""

from datetime import datetime
from typing import Any, Final

import msgspec

from schemas import topics

SPEC_VERSION: Final = "1.0"
SOURCE: Final = "/stammkunde"
TRIGGER_TYPE: Final = "stammkunde.retention.trigger.v1"
TRIGGER_SCHEMA: Final = f"urn:stammkunde:{topics.TRIGGERS}"
CONTENT_TYPE: Final = "application/json"


def trigger_headers(trigger_id: str, effective_at: datetime) -> tuple[tuple[str, bytes], ...]:
    """The headers of a trigger's record."""
    return (
        *_FIXED,
        ("ce_id", trigger_id.encode()),
        ("ce_time", msgspec.json.encode(effective_at)[1:-1]),  # As the value has it: RFC 3339.
    )


_FIXED: Final = (
    ("ce_specversion", SPEC_VERSION.encode()),
    ("ce_source", SOURCE.encode()),
    ("ce_type", TRIGGER_TYPE.encode()),
    ("ce_dataschema", TRIGGER_SCHEMA.encode()),
    ("content-type", CONTENT_TYPE.encode()),
)


def headers_schema() -> dict[str, Any]:
    """The JSON Schema of these headers."""
    properties: dict[str, Any] = {name: {"const": value.decode()} for name, value in _FIXED}
    properties["ce_id"] = {
        "type": "string",
        "description": "The trigger id: the same history gives the same id.",
    }
    properties["ce_time"] = {
        "type": "string",
        "format": "date-time",
        "description": "When it took effect.",
    }
    return {"type": "object", "properties": properties, "required": list(properties)}
