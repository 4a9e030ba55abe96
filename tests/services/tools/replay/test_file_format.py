"""A file of another format is refused before any of it is sent, and without any Kafka."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tools.replay.file_format import FileFormatError, check_json_lines
from tests.services.tools.cli.command import run
from tests.services.tools.replay.arrived import message
from tests.services.tools.replay.test_csv_rows import GOOD, HEADER

LINES = [json.dumps(message("Order Completed", f"c-{n}", 1 + n % 20)) for n in range(10)]
TEXT = "\n".join(LINES)
REFUSED = [
    (HEADER + GOOD, "Line 1 is 'customer,at,order,amount,note'. If it is CSV, say with --map"),
    (f"[{','.join(LINES)}]".encode(), "is one JSON array"),
    (("[\n" + ",\n".join(LINES) + "\n]").encode(), "is one JSON array"),
    (json.dumps(message("Order Completed", "c", 1), indent=2).encode(), "spans several lines"),
    (TEXT.encode("utf-16"), "UTF-16"),
    (TEXT.encode("utf-16-le"), "UTF-16"),
    (gzip.compress(TEXT.encode()), "gunzip -c"),
    (b"PK\x03\x04zip", "compressed with zip"),
    (b"\n\nfirst\nsecond\n" + LINES[0].encode(), "Line 3 is 'first'"),
    (b"x" * 500, "Line 1 is 'xxx"),
]


@pytest.mark.parametrize(("content", "expected"), REFUSED)
def test_another_form_ends_with_status_2_and_says_what_to_do(
    content: bytes, expected: str, tmp_path: Path
) -> None:
    file = tmp_path / "orders"
    file.write_bytes(content)
    with file.open("rb") as stream, pytest.raises(FileFormatError) as caught:
        check_json_lines("orders", stream)
    assert expected in str(caught.value)


@pytest.mark.parametrize("arguments", [("orders.csv",), (".",), ("orders.gz", "--map", "map.yaml")])
def test_the_command_ends_with_status_2_without_any_kafka(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_bytes(HEADER + GOOD)
    (tmp_path / "orders.gz").write_bytes(gzip.compress(HEADER + GOOD))
    ended = run(tmp_path, "replay", *arguments, KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"Error: {arguments[0]} ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: "\ufeff" + text,
        lambda text: "\ufeff" + text.replace("\n", "\n\ufeff"),
        lambda text: "\n\n" + text.replace("\n", "\r\n\n"),
        lambda text: "no json\n" + text,
        lambda text: text + "\n" + 'more,"of it"\n' * 1000,
    ],
)
def test_json_lines_pass_with_a_few_that_are_broken(
    change: Callable[[str], str], tmp_path: Path
) -> None:
    file = tmp_path / "lines"
    file.write_bytes(change("\n".join(LINES * 10)).encode())
    with file.open("rb") as stream:
        check_json_lines("lines", stream)


@given(
    st.lists(st.sampled_from(["{}", '{"a": 1}', "broken", "1", "a,b"]), min_size=1, max_size=120)
)
def test_at_least_half_of_the_first_hundred_are_messages(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    file = tmp_path_factory.mktemp("form") / "lines"
    file.write_text("\n".join(lines))
    first = lines[:100]
    good = sum(line.startswith("{") for line in first)
    with file.open("rb") as stream:
        if 2 * good >= len(first):
            check_json_lines("lines", stream)
        else:
            with pytest.raises(FileFormatError):
                check_json_lines("lines", stream)
