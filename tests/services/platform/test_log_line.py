"""A service's log line becomes one line for people, whatever is in it."""

import json
import re
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.log_line import (
    AUDIT_LOGGER,
    INDENT,
    LEAST_ROOM,
    LEVEL_WIDTH,
    as_json,
    format_line,
    read_line,
)
from tests.topology.domain.histories import bounded

LINE = {
    "worker": "worker-1",
    "partitions": 8,
    "event": "partitions_assigned",
    "message": "Delivery works.",
    "logger": "services.worker.run",
    "level": "info",
    "timestamp": "2026-11-29T14:18:05.200008Z",
    "role": "worker-1",
}


def words(entry: Any, **other: Any) -> str:
    text = entry if isinstance(entry, str) else json.dumps(entry)
    return format_line(read_line(text), "worker-1", UTC, **({"is_coloured": False} | other))


def test_time_role_level_message_and_values() -> None:
    assert words(LINE) == ("14:18:05 worker-1   info     Delivery works. partitions=8")


def test_the_time_is_that_of_a_zone() -> None:
    line = read_line(json.dumps(LINE))
    zone = timezone(timedelta(hours=2))
    assert format_line(line, "api", zone, is_coloured=False).startswith("16:18:05 api        info ")


def test_a_terminal_gets_the_level_in_colour() -> None:
    coloured = words(LINE | {"level": "error"}, is_coloured=True)
    assert "\x1b[31merror   \x1b[0m" in coloured
    assert "\x1b[1mDelivery works.\x1b[0m" in coloured


def test_a_failure_is_one_line_with_its_place() -> None:
    frames = [{"filename": "/a/b/run.py", "lineno": 12, "name": "main"}]
    stacks = [{"exc_type": "ValueError", "exc_value": "not shown", "frames": frames}]
    printed = words(LINE | {"exception": stacks, "message": "it ends", "worker": "w\n x"})
    assert printed.endswith('it ends worker="w  x" partitions=8 ValueError at run.py:12 in main')


def test_an_event_without_a_sentence_speaks_for_itself() -> None:
    library = {name: value for name, value in LINE.items() if name != "message"}
    assert words(library).endswith("info     partitions_assigned partitions=8")


def test_what_does_not_fit_goes_on_below_its_beginning() -> None:
    line = LINE | {"message": "The worker starts and has a lot to tell.", "policy": "32d212f89289"}
    assert words(line, columns=60).splitlines() == [
        "14:18:05 worker-1   info     The worker starts and has a lot",
        "                             to tell.",
        "                             partitions=8",
        "                             policy=32d212f89289",
    ]
    assert words(line, columns=200) == words(line)


def test_people_are_not_shown_the_audit_trail() -> None:
    audit = LINE | {"event": "audit", "logger": AUDIT_LOGGER}
    assert not read_line(json.dumps(audit)).is_for_people
    assert read_line(json.dumps(audit | {"level": "error"})).is_for_people


def test_what_is_no_json_is_shown_as_it_is() -> None:
    assert words("Traceback (most recent call last):") == (
        "         worker-1            Traceback (most recent call last):"
    )


@pytest.mark.parametrize(
    ("logger", "level", "is_for_people"),
    [
        ("services.worker.run", "info", True),
        ("faust.sensors.monitor", "info", False),
        ("faust.sensors.monitor", "warning", True),
        ("topology.batching.app", "info", False),
        ("topology.batching.app", "error", True),
    ],
)
def test_a_library_is_logged_when_it_warns(logger: str, level: str, *, is_for_people: bool) -> None:
    line = read_line(json.dumps(LINE | {"logger": logger, "level": level}))
    assert line.is_for_people == is_for_people
    assert read_line("no json").is_for_people


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
names = st.sampled_from([*LINE, "exception"]) | st.text()


@bounded
@given(st.dictionaries(names, anything) | anything)
def test_whatever_is_logged_is_one_line_that_moves_no_cursor(entry: Any) -> None:
    text = json.dumps(entry)
    assert words(text).isprintable()
    assert "\n" not in as_json(text, "api")
    assert json.loads(as_json(text, "api"))["role"] == "api"


@bounded
@given(st.text())
def test_so_is_any_other_text(text: str) -> None:
    assert words(text).isprintable()
    assert "\n" not in as_json(text, "api")


@bounded
@given(
    entry=st.dictionaries(names, anything), columns=st.integers(1, 200), is_coloured=st.booleans()
)
def test_columns_change_nothing_but_where_lines_break(
    entry: Any, columns: int, *, is_coloured: bool
) -> None:
    text = json.dumps(entry)
    wrapped = words(text, columns=columns, is_coloured=is_coloured)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", wrapped)
    assert plain.replace("\n", "").isprintable()
    assert "".join(plain.split()) == "".join(words(text).split())
    longest = max(columns, INDENT + LEAST_ROOM) + max(len(read_line(text).level) - LEVEL_WIDTH, 0)
    assert all(len(each) <= longest for each in plain.split("\n"))
