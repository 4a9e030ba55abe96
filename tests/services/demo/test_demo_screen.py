"""What a terminal shows of a scene, and what is written where there is none."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

from rich.console import Console

from services.demo.plain import Plain
from services.demo.scene import Scene
from services.demo.screen import drawn, opened
from tests.services.demo.scenes import NOON, SCENE


def text_of(scene: Scene) -> str:
    console = Console(file=StringIO(), width=140)
    with console.capture() as captured:
        console.print(drawn(scene))
    return captured.get()


def test_the_screen_shows_date_figures_segments_and_triggers() -> None:
    shown = text_of(SCENE)
    for said in ("1997-07-01", "4,321 orders", "45 customers", "77 transitions", "1 triggers"):
        assert said in shown
    assert "No order for 90 days [after 5 orders]." in shown
    assert "cdnow-0042" in shown
    assert "win_back" in shown


def test_segments_of_another_policy_are_shown_after_the_known_ones() -> None:
    shown = text_of(SCENE)
    assert shown.index("champions") < shown.index("hibernating") < shown.index("of_my_own")


def test_the_beginning_can_be_drawn() -> None:
    assert "0 messages" in text_of(Scene())


def test_what_is_said_keeps_its_length_and_its_brackets() -> None:
    stream = StringIO()
    line = "curl -s '" + "x" * 300 + "' [bold]"
    with opened(Console(file=stream, width=80)) as screen:
        screen.say(line)
        screen.show(SCENE)
        screen.leave()
    assert line in stream.getvalue()


def test_without_a_terminal_each_month_is_one_line() -> None:
    stream = StringIO()
    plain = Plain(stream)
    for days in range(70):
        plain.show(replace(SCENE, now=NOON + timedelta(days=days)))
    lines = stream.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["1997-07-01", "1997-08-01", "1997-09-01"]
    assert lines[0] == "1997-07-01  4,321 orders, 45 customers, 77 transitions, 1 triggers"


def test_nothing_is_written_before_there_is_a_date() -> None:
    stream = StringIO()
    Plain(stream).show(Scene())
    assert stream.getvalue() == ""
