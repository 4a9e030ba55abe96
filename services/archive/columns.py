"""The columns of the files: records as rows, and rows as records again.

The bytes of key and value are kept as text, since nearly all are. Those of a record that are no
UTF-8 stand in columns of their own. So each record can be read back to the byte.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import pyarrow as pa

from schemas import topics
from services.archive.record_names import Content, microseconds

_TEXT: Final = pa.string()
_BYTES: Final = pa.binary()
_NUMBER: Final = pa.int64()
_MILLISECONDS: Final = pa.timestamp("ms", "UTC")
_MICROSECONDS: Final = pa.timestamp("us", "UTC")

Headers = tuple[tuple[str, bytes | None], ...]


class ArchivedRecord(NamedTuple):
    """A record as Kafka had it. `timestamp` is when Kafka got it, in milliseconds since 1970."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Row(NamedTuple):
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
    keys = [_split(row.record.key) for row in rows]
    values = [_split(row.record.value) for row in rows]
    contents = [row.content for row in rows]
    kind, *more = _OTHERS.get(topic, _SOURCE)
    columns = {
        "partition": pa.array([partition] * len(rows), pa.int32()),
        "offset": pa.array([row.record.offset for row in rows], _NUMBER),
        "timestamp": pa.array([row.record.timestamp for row in rows], _NUMBER).cast(_MILLISECONDS),
        "occurred_at": pa.array([_instant(each.occurred_at) for each in contents], _NUMBER).cast(
            _MICROSECONDS
        ),
        "customer_id": pa.array([each.customer_id for each in contents], _TEXT),
        kind: pa.array([each.kind for each in contents], _TEXT),
    }
    for number, (name, data_type) in enumerate(more):
        columns[name] = pa.array([each.more[number] for each in contents], data_type)
    columns |= {
        "key": pa.array([text for text, _ in keys], _TEXT),
        "key_bytes": pa.array([raw for _, raw in keys], _BYTES),
        "headers": pa.array([_headers_text(row.record.headers) for row in rows], _TEXT),
        "value": pa.array([text for text, _ in values], _TEXT),
        "value_bytes": pa.array([raw for _, raw in values], _BYTES),
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


def _instant(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)


def _split(content: bytes | None) -> tuple[str | None, bytes | None]:
    if content is None:
        return None, None
    try:
        return content.decode(), None
    except UnicodeDecodeError:
        return None, content


def _join(text: str | None, raw: bytes | None) -> bytes | None:
    return raw if text is None else text.encode()


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
