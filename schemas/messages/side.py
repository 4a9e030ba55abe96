"""Side fields: what decides nothing, and so is passed over if it can't be read.

The contracts mark them in their annotations, and nowhere else. Every other field decides: who it
was, what happened, when, how much, how good. What decides is checked strictly.
"""

from typing import Any, Final

from pydantic import GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema

_SAID: Final = "Passed over if it can't be read."


class Side:
    """The marker. Of a list of side fields, an item that can't be read costs only itself."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema of the strict form, with a word on what becomes of other forms."""
        return handler(core_schema) | {"description": _SAID}


SIDE: Final = Side()


def is_side(field: FieldInfo) -> bool:
    """True for a field that decides nothing."""
    return SIDE in field.metadata
