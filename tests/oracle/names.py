"""Whose a message is, and what the oracle calls a trigger."""

from tests.oracle.policy import Json


def profile_of(message: Json) -> str:
    """The profile: userId, else anonymousId, else `network:handle`."""
    known = message.get("userId") or message.get("anonymousId")
    if known:
        return str(known)
    properties = message["properties"]
    return f"{properties['network']}:{properties['handle']}"


def trigger_name(rule: str, attempt: int) -> str:
    """What the oracle calls the trigger that was the nth of a rule: it does not know real ids.

    A message that says that a trigger was acted on bears this name; who hands the message to
    others puts the real id in its place.
    """
    return f"{rule}#{attempt}"


def with_real_id(message: Json, ids: Json) -> Json:
    """The message with the real id of the trigger that it names, if `ids` has one by now."""
    properties = message.get("properties", {})
    if properties.get("trigger_id") not in ids:
        return message
    return {**message, "properties": {**properties, "trigger_id": ids[properties["trigger_id"]]}}
