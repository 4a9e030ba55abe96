"""The golden examples, by contract and name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import schemas.publish

FOLDER: Final = Path(schemas.publish.__file__).parent / "examples"

PATHS: Final[Mapping[str, Path]] = {
    f"{path.parent.name}/{path.stem}": path for path in sorted(FOLDER.glob("*/*.json"))
}


def read(name: str) -> dict[str, Any]:
    """An example, such as `shop.events.v1/order-completed`."""
    content: dict[str, Any] = json.loads(PATHS[name].read_text("utf-8"))
    return content


def properties_of(event: str) -> dict[str, Any]:
    """The properties in the first example of a track event."""
    found = next(each for each in messages().values() if each.get("event") == event)
    properties: dict[str, Any] = found.get("properties", {})
    return properties


def messages() -> dict[str, dict[str, Any]]:
    """Every example of a source message."""
    return {name: read(name) for name in PATHS if ".events.v1/" in name}
