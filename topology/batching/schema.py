"""A topic schema that passes fetches through: records are decoded in the agent."""

from typing import Any

from faust import Schema
from faust.types import AppT, Message


class Fetches(Schema[Any, Any]):
    """Neither key nor value is decoded, so that a bad record can't hold up its neighbours."""

    def loads_key(self, app: AppT, message: Message, **_: Any) -> Any:
        """The key, which a fetch has none of."""
        return message.key

    def loads_value(self, app: AppT, message: Message, **_: Any) -> Any:
        """The fetch."""
        return message.value
