"""The text of server-sent events, as the HTML standard defines it."""

from typing import Final

HEARTBEAT_S: Final = 15.0
"""After so much silence a comment says that the stream still lives."""
MOST_AGE_S: Final = 3_600.0
"""A stream ends then, so that keys are looked at again, and listeners spread over new servers."""
RETRY_MS: Final = 2_000
"""How long a client should wait before it connects again."""

_UNICODE_BREAKS: Final = {ord(each): f"\\u{ord(each):04x}" for each in "\x85\u2028\u2029"}

HEARTBEAT: Final = b":\n\n"

TOO_SLOW: Final = "this listener was too slow"
OVER: Final = "an hour is over"
STOPPING: Final = "the server ends"
AWAY: Final = "what this is read from is away"
NOBODY: Final = "nobody is known by this name any more"
TOPIC_GONE: Final = "the topic has been deleted: start again without an id"


def opening(place: str) -> bytes:
    """What comes first: when to come back, and the id to come back with if nothing else comes."""
    return f"retry: {RETRY_MS}\nid: {place}\n\n".encode()


def event(name: str, place: str, data: str) -> bytes:
    """One event. `data` is JSON, which has no line breaks of its own.

    But many a client takes for one what Unicode calls so, which JSON may leave as it is.
    """
    if not data.isascii():
        data = data.translate(_UNICODE_BREAKS)
    return f"id: {place}\nevent: {name}\ndata: {data}\n\n".encode()


def closing(why: str) -> bytes:
    """What comes last: a comment, which clients skip and people read."""
    return f": {why}; go on with the header Last-Event-ID\n\n".encode()
