"""A topic schema that passes fetches through: the agent decodes the records."""

from typing import Any

from faust import Schema
from faust.types import AppT, Message


class Fetches(Schema[Any, Any]):
    """Decodes neither key nor value, so a bad record can't stop its neighbours."""

    def loads_key(self, app: AppT, message: Message, **_: Any) -> Any:
        """Return the key: None for a fetch."""
        return message.key

    def loads_value(self, app: AppT, message: Message, **_: Any) -> Any:
        """Return the fetch."""
        return message.value
