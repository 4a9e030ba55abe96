"""Poison of every kind: what somebody may put into a topic, and why it is not taken."""

import json
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.topology.domain.messages import day, order

NOT_JSON = "not_json"
UNKNOWN_SHAPE = "unknown_shape"
INVALID_FIELD = "invalid_field"
NO_PROFILE = "no_profile"


class Beast(NamedTuple):
    """A record, and the reason of its dead letter; None if there is nothing wrong with it."""

    name: str
    value: bytes | None
    reason: str | None
    key: bytes | None = b"k"
    headers: Sequence[tuple[str, bytes | None]] = ()


def raw(**changes: str) -> bytes:
    """An order as JSON, some of whose fields are replaced by other JSON, or by what is none."""
    text = json.dumps(order(day(0), "o", profile="beast"))
    for field, value in changes.items():
        before = {
            "userId": '"beast"',
            "total": "10.0",
            "timestamp": json.dumps(day(0).isoformat()),
            "order_id": '"order_id": "o"',
            "type": '"type": "track"',
        }[field]
        assert before in text, field
        text = text.replace(before, value)
    return text.encode("utf-8", "surrogatepass")


def message(profile: str, **changes: Any) -> bytes:
    """An order of a profile of its own."""
    return json.dumps({**order(day(0), "o", profile=profile), **changes}).encode()


_DEEP = 100_000
_CHANCE = random.Random(4)

ZOO = (
    Beast("no value", None, NOT_JSON),
    Beast("neither key nor value's bytes", b"", NOT_JSON, key=None),
    Beast("empty", b"", NOT_JSON),
    Beast("0xff", b"\xff" * 100, NOT_JSON),
    Beast("zero bytes", bytes(100), NOT_JSON),
    Beast("UTF-16", raw().decode().encode("utf-16"), NOT_JSON),
    Beast("a byte order mark", b"\xef\xbb\xbf" + message("marked"), None),
    Beast("half of a message", raw()[:60], NOT_JSON),
    Beast("two messages", raw() + raw(), NOT_JSON),
    Beast("deep lists", b"[" * _DEEP, NOT_JSON),
    Beast("deep lists, closed", b"[" * _DEEP + b"]" * _DEEP, NOT_JSON),
    Beast("deep objects", b'{"a":' * _DEEP + b"1" + b"}" * _DEEP, NOT_JSON),
    Beast("a list", b"[1]", UNKNOWN_SHAPE),
    Beast("a text", b'"track"', UNKNOWN_SHAPE),
    Beast("null", b"null", UNKNOWN_SHAPE),
    Beast("another type", raw(type='"type": "group"'), UNKNOWN_SHAPE),
    Beast("no type", b"{}", UNKNOWN_SHAPE),
    Beast("NaN", raw(total="NaN"), INVALID_FIELD),
    Beast("infinity", raw(total="Infinity"), INVALID_FIELD),
    Beast("a number too large for a float", raw(total="1e400"), INVALID_FIELD),
    Beast("a number of a thousand digits", raw(total="9" * 1_000), INVALID_FIELD),
    Beast("a lone surrogate, escaped", raw(userId='"\\ud800"'), INVALID_FIELD),
    Beast("a lone surrogate, raw", raw(userId='"\ud800"'), NOT_JSON),
    Beast("a profile of 257 characters", raw(userId=f'"{"p" * 257}"'), INVALID_FIELD),
    Beast("a profile of a megabyte", raw(userId=f'"{"p" * 1_000_000}"'), INVALID_FIELD),
    Beast("nobody", raw(userId='""'), NO_PROFILE),
    Beast("a profile like the clock's row", raw(userId='"\\u0000clock"'), INVALID_FIELD),
    Beast("the year 10000", raw(timestamp='"10000-01-01T00:00:00Z"'), INVALID_FIELD),
    Beast("the year 9999", raw(timestamp='"9999-12-31T23:59:59Z"'), "time_in_future"),
    Beast("before the year 1", raw(timestamp='"0001-01-01T00:00:00+14:00"'), "time_too_early"),
    Beast("a huge key, poisoned", b"{", NOT_JSON, key=_CHANCE.randbytes(700_000)),
    Beast("as large as it gets", _CHANCE.randbytes(1_048_420), NOT_JSON),
    Beast(
        "headers like those of a dead letter",
        b"{",
        NOT_JSON,
        headers=(("reason", b"\xff"), ("source-offset", None), ("", b""), ("x" * 3_000, b"x")),
    ),
    Beast("the year 1", raw(timestamp='"0001-01-01T00:00:00Z"'), "time_too_early"),
    Beast("the year 1970", raw(timestamp='"1970-01-01T00:00:00Z"'), "time_too_early"),
    Beast("no key", message("keyless"), None, key=None),
    Beast("a huge key", message("huge-key"), None, key=_CHANCE.randbytes(700_000)),
    Beast("a profile of 256 characters", message("p" * 256), None),
    Beast("a field twice", raw(userId='"first", "userId": "second"'), None),
    Beast("odd headers", message("odd"), None, headers=(("forwarded-to", None), ("", b"\xff"))),
)
