"""The columns of the files: records as rows, and rows as records again.

The bytes of key and value are kept as text, since nearly all are. Those of a record that are no
UTF-8 stand in columns of their own. So each record can be read back to the byte.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
from msgspec import Struct
from pyarrow import compute

from schemas import topics
from services.archive.record_names import Content
from topology.agents.record_router import FORWARDED

_TEXT: Final = pa.string()
_BYTES: Final = pa.binary()
_NUMBER: Final = pa.int64()
_MILLISECONDS: Final = pa.timestamp("ms", "UTC")
_MICROSECONDS: Final = pa.timestamp("us", "UTC")

Headers = tuple[tuple[str, bytes | None], ...]


class ArchivedRecord(Struct, frozen=True, gc=False):
    """A record as Kafka had it. `timestamp` is when Kafka got it, in milliseconds since 1970."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Row(Struct, frozen=True, gc=False):
    """A record, and what was read in it."""

    record: ArchivedRecord
    content: Content


_SOURCE: Final = ("event", ("order_id", _TEXT), ("total", pa.float64()), ("currency", _TEXT))
_OTHERS: Final = {
    topics.TRANSITIONS: (
        "dimension",
        ("from_value", _TEXT),
        ("to_value", _TEXT),
        ("cause", _TEXT),
    ),
    topics.TRIGGERS: ("rule", ("trigger_id", _TEXT), ("action", _TEXT), ("holdout", pa.bool_())),
}
REQUIRED: Final = frozenset(
    {"offset", "timestamp", "key", "key_bytes", "headers", "value_bytes", "value"}
)
"""The columns from which a record is read back."""


def table_of(topic: str, partition: int, rows: Sequence[Row]) -> pa.Table:
    """Return rows of one partition as a table."""
    keys, key_bytes = _split([row.record.key for row in rows])
    values, value_bytes = _split([row.record.value for row in rows])
    contents = [row.content for row in rows]
    kind, *more = _OTHERS.get(topic, _SOURCE)
    arrived = pa.array([row.record.timestamp for row in rows], _NUMBER).cast(_MILLISECONDS)
    occurred = pa.array([each.occurred_at for each in contents], _MICROSECONDS)
    columns = {
        "partition": pa.array([partition] * len(rows), pa.int32()),
        "offset": pa.array([row.record.offset for row in rows], _NUMBER),
        "timestamp": arrived,
        "occurred_at": compute.coalesce(occurred, arrived.cast(_MICROSECONDS)),
        "customer_id": pa.array([each.customer_id for each in contents], _TEXT),
        kind: pa.array([each.kind for each in contents], _TEXT),
    }
    for number, (name, data_type) in enumerate(more):
        columns[name] = pa.array([each.more[number] for each in contents], data_type)
    columns |= {
        "key": keys,
        "key_bytes": key_bytes,
        "forwarded_from": pa.array([_forwarded_from(row.record.headers) for row in rows], _TEXT),
        "headers": pa.array([_headers_text(row.record.headers) for row in rows], _TEXT),
        "value": values,
        "value_bytes": value_bytes,
    }
    return pa.table(columns)


def records_of(table: pa.Table) -> Iterator[ArchivedRecord]:
    """Return the rows of a table as the records that they were."""
    stamps = table["timestamp"].cast(_NUMBER).to_pylist()
    names = ("offset", "key", "key_bytes", "value", "value_bytes", "headers")
    columns = [table[name].to_pylist() for name in names]
    for stamp, (offset, key, key_bytes, value, value_bytes, headers) in zip(
        stamps, zip(*columns, strict=True), strict=True
    ):
        yield ArchivedRecord(
            offset, stamp, _join(key, key_bytes), _join(value, value_bytes), _headers_of(headers)
        )


def _split(contents: Sequence[bytes | None]) -> tuple[pa.Array, pa.Array]:
    """Two columns: the contents as text, and those that are none."""
    together = pa.array(contents, _BYTES)
    try:
        return together.cast(_TEXT), pa.nulls(len(contents), _BYTES)
    except pa.ArrowInvalid:
        are_text = [content is None or _is_text(content) for content in contents]
    pairs = list(zip(contents, are_text, strict=True))
    texts = pa.array([content if is_text else None for content, is_text in pairs], _BYTES)
    others = pa.array([None if is_text else content for content, is_text in pairs], _BYTES)
    return texts.cast(_TEXT), others


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _join(text: str | None, raw: bytes | None) -> bytes | None:
    return raw if text is None else text.encode()


def _forwarded_from(headers: Headers) -> str | None:
    """The place of the record of which a worker has made this copy."""
    origin = dict(headers).get(FORWARDED) if headers else None
    return None if origin is None else origin.decode(errors="replace")


def _headers_text(headers: Headers) -> str | None:
    """JSON: each header's name, and its value in Base64, since it may be any bytes."""
    if not headers:
        return None
    return json.dumps(
        [[name, None if raw is None else b64encode(raw).decode()] for name, raw in headers]
    )


def _headers_of(text: str | None) -> Headers:
    pairs: list[tuple[str, Any]] = json.loads(text) if text else []
    return tuple((name, None if value is None else b64decode(value)) for name, value in pairs)
