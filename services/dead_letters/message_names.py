"""The names of customers in a message, also in one that the workers would refuse."""

from collections.abc import Iterator
from typing import Any

from schemas.messages.reading import as_name
from schemas.messages.reading.message import profile_in
from schemas.messages.spelling import NETWORKS, word


def names_in_message(message: dict[str, Any]) -> Iterator[str | None]:
    """Every name in a message, in the form in which names are compared; some may be None."""
    yield profile_in(message)
    for field in ("userId", "anonymousId", "previousId"):
        yield _text(message.get(field))
    context, properties = message.get("context"), message.get("properties")
    if isinstance(context, dict):
        several, one = context.get("externalIds"), context.get("externalId")
        for each in (several if isinstance(several, list) else [several], one):
            for external in each if isinstance(each, list) else [each]:
                yield _text(external.get("id")) if isinstance(external, dict) else None
    if isinstance(properties, dict) and properties.get("handle"):
        network = word(properties.get("network"), NETWORKS)
        yield as_name(f"{network}:{properties['handle']}")


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return as_name(str(value))
