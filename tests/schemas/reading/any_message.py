"""Messages in which any field may hold any JSON value, or the text that it usually holds."""

import json
from typing import Any, Final

from hypothesis import strategies as st

from schemas.messages.catalogue import MODEL_OF
from tests.schemas.reading.test_any_value import VALUES

_WORDS = st.sampled_from([*MODEL_OF, "track", "page", "screen", "order completed", "c-1", "x"])
_ANY = _WORDS | VALUES


def _objects(*names: str) -> st.SearchStrategy[Any]:
    return _ANY | st.fixed_dictionaries({}, optional=dict.fromkeys(names, _ANY))


MESSAGES: Final[st.SearchStrategy[dict[str, Any]]] = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("type", "event", "userId", "anonymousId", "previousId", "name"), _ANY),
        **dict.fromkeys(("messageId", "timestamp", "sentAt", "originalTimestamp"), _ANY),
        **dict.fromkeys(("user_id", "Timestamp", "date"), _ANY),
        "traits": _objects("email", "consent", "birthday", "newsletter"),
        "context": _objects("channel", "externalIds", "externalId", "traits"),
        "properties": _objects(
            *("network", "handle", "purpose", "survey", "score", "rating", "ticket_id"),
            *("order_id", "total", "currency", "products", "trigger_id", "refund_id"),
            *("Total", "ticketId", "items", "mood", "created_at"),
        ),
    },
)


def as_sent(message: dict[str, Any]) -> bytes:
    """The bytes of a message, as a careless library writes them: NaN and half surrogates."""
    return json.dumps(message).encode()
