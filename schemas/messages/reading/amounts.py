"""The total of an order: `total`, else `revenue`, else `value`, as different libraries call it."""

from typing import Final

from schemas.messages.reading.json_text import Json

_ELSE: Final = ("revenue", "value")


def set_total(properties: Json) -> None:
    """Put the total of an order where the contract has it. Null is as good as absent."""
    if properties.get("total") is not None:
        return
    for name in _ELSE:
        if properties.get(name) is not None:
            properties["total"] = properties[name]
            return
