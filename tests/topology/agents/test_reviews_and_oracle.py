"""Releases of held triggers next to the oracle's verdict: what is sent, and what is refused why."""

from datetime import timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from tests.oracle import ReceivedMessage
from tests.oracle.life import Life
from tests.topology.agents.arriving import SETTLING, TODAY, Arriving, at_of
from tests.topology.agents.test_quiet_history_and_oracle import (
    LIVE,
    assert_same_as_oracle,
    of_two_channels,
    wait,
)
from tests.topology.agents.test_quiet_history_any import shifted
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.messages import Json
from topology.domain.history.instant import to_datetime

pauses = st.sampled_from([1.0, 60.0, 899.0, 5_000.0, 90_000.0, 400_000.0])
reviews = st.lists(st.tuples(pauses, st.integers(0, 30)), min_size=1, max_size=6)
"""In how many seconds somebody releases which of the held triggers."""


HOW = st.sampled_from(["quiet", "loud"])


@bounded
@given(histories(), st.integers(-30, 20), HOW, st.data())
def test_a_release_sends_what_its_rule_would_send_now_and_nothing_else(
    messages: list[Json], before: int, how: str, data: st.DataObject
) -> None:
    """Half of the messages come before the releases, the others between them."""
    messages = [each for each in shifted(messages, before) if at_of(each) <= TODAY]
    if not messages or of_two_channels(messages):
        return
    arriving, life = Arriving(), Life("c", LIVE)
    first = len(messages) - len(messages) // 3
    arrive(arriving, life, messages[:first], quiet=how == "quiet")
    wait(arriving, life, SETTLING)
    expected: dict[str, str] = {}
    rest = messages[first:]
    for pause, chosen in data.draw(reviews):
        wait(arriving, life, timedelta(seconds=pause))
        held = [each for each in arriving.held() if each["status"] == "held"]
        if held:
            one = held[-1 - chosen % min(len(held), 4)]
            decide(arriving, life, one, expected)
        arrive(arriving, life, rest[:1], quiet=False)
        rest = rest[1:]
    wait(arriving, life, SETTLING)

    for each in arriving.triggers():
        if "released_by" in each:
            assert expected[each["trigger_id"]] == ""
    ids = [each["trigger_id"] for each in arriving.triggers()]
    assert len(set(ids)) == len(ids)
    assert_same_but_for_releases(arriving, life)


def decide(arriving: Arriving, life: Life, held: Json, expected: dict[str, str]) -> None:
    """Release one, which may have been released before: then nothing happens."""
    sent, decided = len(arriving.triggers()), len(arriving.held())
    arriving.review(held)
    name = held["trigger_id"]
    new_sent, new_held = arriving.triggers()[sent:], arriving.held()[decided:]
    if expected.get(name) == "" and new_held == []:
        assert new_sent == []
        return
    refusal = life.release(held["rule"], held["attempt"], arriving.now)
    event(refusal or "released")
    if expected.get(name) == "":
        assert refusal == "expired"
        assert [each["decision"]["refusal"] for each in new_held] == ["expired"]
        return
    expected[name] = refusal
    [record] = new_held
    assert (record["status"], record["decision"]["refusal"]) == (
        ("refused", refusal) if refusal else ("released", None)
    )
    assert [(each["trigger_id"], each["released_by"], each["attempt"]) for each in new_sent] == (
        [] if refusal else [(name, "ann", held["attempt"])]
    )


def arrive(arriving: Arriving, life: Life, messages: list[Json], *, quiet: bool) -> None:
    if not messages:
        return
    arriving.take(messages, quiet=quiet)
    clock = to_datetime(arriving.clock) if arriving.clock else None
    for each in messages:
        life.process(ReceivedMessage(each, clock, to_datetime(arriving.now), quiet))


def assert_same_but_for_releases(arriving: Arriving, life: Life) -> None:
    """What comes by itself afterwards is what comes after the same triggers were sent."""
    arriving.outputs = [
        each
        for each in arriving.outputs
        if b'"released_by"' not in (each.value or b"")
        and b'"decision":{' not in (each.value or b"")
    ]
    assert_same_as_oracle(arriving, life.outcome())
