"""What a terminal shows of a snapshot, and what is written where there is none."""

import re
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from schemas.policy import load_default_policy
from services.tools.demo.display import SEGMENTS, DrawnSnapshot, LineDisplay, open_terminal_display
from services.tools.demo.snapshot import Snapshot
from tests.services.tools.demo.snapshots import DROPPED, NOON, SNAPSHOT, WON_BACK

FULL = replace(
    SNAPSHOT,
    sent=6919,
    segments=dict.fromkeys(SEGMENTS, 2357),
    transitions=20_650,
    triggers={rule.name: 3_864 for rule in load_default_policy().rules},
    latest_won_back=(replace(WON_BACK, why="No order for 90 days, " * 20),) * 50,
    latest_dropped=(replace(DROPPED, customer="c" * 200),) * 50,
)
"""As much as there can be of everything."""


def lines_of(snapshot: Snapshot, width: int = 140, height: int = 50) -> list[str]:
    console = Console(file=StringIO(), width=width, height=height, force_terminal=True)
    with console.capture() as captured:
        console.print(DrawnSnapshot(snapshot))
    return re.sub(r"\x1b\[[0-9;]*m", "", captured.get()).splitlines()


def text_of(snapshot: Snapshot) -> str:
    return "\n".join(lines_of(snapshot))


def test_the_screen_shows_date_figures_segments_and_triggers() -> None:
    printed = text_of(SNAPSHOT)
    for expected in (
        "1997-07-01",
        "4,321 of 6,919 orders",
        "45 customers, 77 transitions, 42 triggers",
        "1 rest",
        "40 cross_sell",
    ):
        assert expected in printed


def test_who_is_about_to_leave_stands_by_themselves_with_the_reason() -> None:
    lines = [line.rstrip() for line in lines_of(SNAPSHOT)]
    won = next(n for n, line in enumerate(lines) if line.startswith("to win back: 1 ─"))
    lost = next(n for n, line in enumerate(lines) if line.startswith("dropped into churn risk: 1"))
    others = next(n for n, line in enumerate(lines) if line.startswith("other triggers"))

    assert lines[won + 1] == (
        "1997-07-01 cdnow-0042 discount code No order for 90 days [after 5 orders]."
    )
    assert lines[lost + 1] == (
        "1997-07-01 cdnow-0007 hibernating No order for 90 days, 1 order worth 30.50 USD in the "
        "window; was about_to_sleep."
    )
    assert "win_back" not in " ".join(lines[others:])


def test_segments_of_another_policy_are_shown_after_the_known_ones() -> None:
    lines = lines_of(SNAPSHOT)
    column = [line[len(line) // 2 :] for line in lines]
    assert any("champions" in line for line in lines)
    assert any("of_my_own" in line for line in column)


def test_the_beginning_can_be_drawn() -> None:
    assert "0 of 0 messages" in text_of(Snapshot())


def test_one_is_not_many() -> None:
    snapshot = Snapshot(NOON, 1.0, 1, 1, "order", {"new": 1}, 1, {"win_back": 1})
    printed = text_of(snapshot)
    assert "1 of 1 order\n" in re.sub(r" +\n", "\n", printed)
    assert "1 customer, 1 transition, 1 trigger" in printed


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([SNAPSHOT, FULL, Snapshot()]), st.integers(20, 240), st.integers(24, 80))
def test_no_line_is_longer_than_the_terminal(snapshot: Snapshot, width: int, height: int) -> None:
    assert max(cell_len(line) for line in lines_of(snapshot, width, height)) <= width


@pytest.mark.parametrize("snapshot", [SNAPSHOT, FULL, Snapshot()])
@pytest.mark.parametrize(("width", "height"), [(60, 24), (80, 24), (100, 30), (120, 40), (200, 60)])
def test_it_has_room_on_a_terminal_with_a_line_for_the_cursor(
    snapshot: Snapshot, width: int, height: int
) -> None:
    assert len(lines_of(snapshot, width, height)) < height


def test_rules_for_which_there_is_no_room_are_counted_together() -> None:
    lines = lines_of(FULL, 60, 24)
    rules = len(FULL.triggers) - 1
    assert f"{3_864 * (rules - 7):,} of {rules - 7} rules more" in lines[-1]


def test_a_larger_terminal_shows_more_people_and_more_of_their_reasons() -> None:
    small, large = lines_of(FULL, 80, 24), lines_of(FULL, 160, 40)
    rows = [sum(line.startswith("1997-07-01 ccc") for line in lines) for lines in (small, large)]
    assert rows[0] >= 2
    assert rows[1] > rows[0]
    reasons = [
        next(len(line.strip()) for line in lines if " discount code " in line)
        for lines in (small, large)
    ]
    assert reasons == [80, 160]


def test_a_sentence_keeps_its_length_and_its_brackets() -> None:
    stream = StringIO()
    line = "curl -s '" + "x" * 300 + "' [bold]"
    with open_terminal_display(Console(file=stream, width=80)) as screen:
        screen.print(line)
        screen.show(SNAPSHOT)
        screen.close()
    assert line in stream.getvalue()


def test_without_a_terminal_each_month_is_one_line() -> None:
    stream = StringIO()
    plain = LineDisplay(stream)
    for days in range(70):
        plain.show(replace(SNAPSHOT, now=NOON + timedelta(days=days)))
    lines = stream.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["1997-07-01", "1997-08-01", "1997-09-01"]
    assert lines[0] == (
        "1997-07-01  4,321 orders, 45 customers, 77 transitions, 42 triggers: "
        "1 dropped into churn risk, 1 to win back"
    )


def test_nothing_is_written_before_there_is_a_date() -> None:
    stream = StringIO()
    LineDisplay(stream).show(Snapshot())
    assert stream.getvalue() == ""
