"""Rows become messages by the map; one that can't is named, and its neighbours go on."""

import csv
import json
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages import SOURCE_MESSAGE
from services.platform.faults import FaultError
from services.tools.replay.column_map import ColumnMap, load_column_map
from services.tools.replay.csv_rows import CsvReader
from services.tools.replay.source_lines import SourceLine

EXAMPLES = Path(__file__).parents[4] / "examples"
HORIZON = datetime(2026, 11, 21, tzinfo=UTC)
MAP: dict[str, Any] = {
    "fields": {
        "type": {"value": "track"},
        "event": {"value": "Order Completed"},
        "userId": "customer",
        "timestamp": {"column": "at", "as": "time"},
        "properties.order_id": "order",
        "properties.total": {"column": "amount", "as": "number"},
    }
}
HEADER = b"customer,at,order,amount,note\n"
GOOD = b"c-1,2026-01-02,o-1,59.90,\n"

Refused = list[tuple[int, str]]


def read(content: bytes, **changes: Any) -> tuple[list[SourceLine], Refused]:
    refused: Refused = []
    columns = ColumnMap.model_validate({**MAP, **changes})
    reader = CsvReader(columns, HORIZON, lambda line, reason: refused.append((line, reason)))
    return list(reader(BytesIO(content))), refused


def test_a_row_becomes_a_message() -> None:
    [line], refused = read(HEADER + GOOD)
    message = json.loads(line.value)
    assert message.pop("messageId").startswith("csv-")
    assert message == {
        "type": "track",
        "event": "Order Completed",
        "userId": "c-1",
        "timestamp": "2026-01-02T00:00:00Z",
        "properties": {"order_id": "o-1", "total": 59.9},
    }
    assert (line.number, line.key, line.at) == (2, b"c-1", datetime(2026, 1, 2, tzinfo=UTC))
    assert refused == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"c-1,2026-01-02,o-1,abc,", "properties.total: this is no number"),
        (b"c-1,soon,o-1,1,", "timestamp: this is no time"),
        (b"c-1,2026-01-02,,1,", "properties.order_id is missing"),
        (b"c-1,2026-01-02,o-1,-1,", "properties.total is negative: write"),
        (b",2026-01-02,o-1,1,", "it names nobody"),
        (b"c-1,2026-01-02,o-1", "it has 3 cells, the first row 5"),
        (b"c-\xff,2026-01-02,o-1,1,", "userId: this is not utf-8"),
        (b'"c"1,2026-01-02,o-1,1,', "expected after"),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_go_on(row: bytes, reason: str) -> None:
    lines, refused = read(HEADER + GOOD + row + b"\r\n\n" + GOOD)
    assert [line.number for line in lines] == [2, 5]
    [(number, sentence)] = refused
    assert number == 3
    assert reason in sentence
    assert "c-" not in sentence


def test_a_quote_that_is_not_closed_says_what_it_has_swallowed() -> None:
    lines, refused = read(HEADER + b'c-1,2026-01-02,o-1,1,"\n' + GOOD + b'a",b"c\n' + GOOD)
    assert [line.number for line in lines] == [5]
    assert refused[0][0] == 2
    assert refused[0][1].endswith("(up to line 4)")


def test_the_same_row_gets_the_same_id_and_another_row_another() -> None:
    first, _ = read(HEADER + GOOD + GOOD)
    again, _ = read(HEADER + GOOD + GOOD)
    assert first == again
    assert first[0].value != first[1].value


def test_a_suppression_list_is_read_by_the_map_of_the_example() -> None:
    """Into the topic of such events, in the shop's time zone; a reason need not be there."""
    columns = load_column_map(EXAMPLES / "suppression-list.yaml")
    content = b"customer_no;since;reason\nc-1;01.07.2025;by letter\nc-2;02.07.2025;\n"
    refused: Refused = []
    reader = CsvReader(columns, HORIZON, lambda line, reason: refused.append((line, reason)))
    lines = list(reader(BytesIO(content)))

    assert refused == []
    assert [(line.topic, line.key, line.at) for line in lines] == [
        ("support.events.v1", b"c-1", datetime(2025, 6, 30, 22, tzinfo=UTC)),
        ("support.events.v1", b"c-2", datetime(2025, 7, 1, 22, tzinfo=UTC)),
    ]
    properties = [json.loads(line.value)["properties"] for line in lines if line.key == b"c-1"]
    assert properties == [{"reason": "by letter"}]


def test_an_id_of_the_shop_is_kept() -> None:
    fields = {**MAP["fields"], "messageId": "order"}
    [line], _ = read(HEADER + GOOD, fields=fields)
    assert json.loads(line.value)["messageId"] == "o-1"


def test_what_excel_writes_is_read() -> None:
    """A byte order mark, semicolons, line ends of Windows, and line ends in cells."""
    content = b'\xef\xbb\xbfcustomer;at;order;amount\r\n"c-1";2026-01-02;"o\r\n1";5\r\n'
    [line], refused = read(content, delimiter=";")
    assert json.loads(line.value)["properties"]["order_id"] == "o\r\n1"
    assert refused == []


@pytest.mark.parametrize(
    "header", [b"customer,at,order,sum\n", b"customer,at,order,order,amount\n"]
)
def test_a_column_that_is_missing_or_there_twice_is_reported_before_anything_is_read(
    header: bytes,
) -> None:
    with pytest.raises(FaultError, match="which the file's first row must have once"):
        read(header + GOOD)


@given(st.binary(max_size=200))
def test_any_bytes_are_messages_or_refused(content: bytes) -> None:
    lines, _ = read(HEADER + content)
    for line in lines:
        SOURCE_MESSAGE.validate_json(line.value)


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS, st.integers(0, 10**6)), max_size=5))
def test_what_was_written_as_csv_comes_back(orders: list[tuple[str, str, int]]) -> None:
    """Whatever has to be quoted for it."""
    text = StringIO()
    csv.writer(text).writerows(
        [
            ["customer", "at", "order", "amount"],
            *((who, "2026-01-02", order, cents / 100) for who, order, cents in orders),
        ]
    )
    lines, refused = read(text.getvalue().encode())
    assert len(lines) + len(refused) == len(orders)
    read_back = {line.number - 2: json.loads(line.value) for line in lines}
    for place, message in read_back.items():
        who, order, cents = orders[place]
        assert message["userId"] == who.strip()
        assert message["properties"] == {"order_id": order.strip(), "total": cents / 100}
