"""More cases and resolutions than are kept: none is closed early, and none opens again."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from schemas.policy.care import COMPLAINT_OPEN
from tests.topology.domain.histories import bounded_in_one_form
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import (
    Json,
    complaint,
    day,
    did,
    resolution,
    survey,
    visit,
)
from tests.topology.domain.test_merge import split
from tests.topology.forms import not_compiled
from topology.domain.history.instant import from_datetime
from topology.domain.steps.care import care_of
from topology.domain.steps.cases import KEPT_CASES, KEPT_RESOLUTIONS, without_run_out
from topology.domain.steps.merge import merge_history

FEW = 2


@contextmanager
def few_kept(cases: int = FEW, resolutions: int = 1000) -> Iterator[None]:
    """Only so many are kept."""
    with (
        patch("topology.domain.steps.cases.KEPT_CASES", cases),
        patch("topology.domain.steps.cases.KEPT_RESOLUTIONS", resolutions),
    ):
        yield


@st.composite
def grievances(draw: st.DrawFn) -> list[Json]:
    """Complaints with and without tickets, bad scores, and what ends complaints."""
    messages: list[Json] = []
    for number in range(draw(st.integers(1, 9))):
        at = day(draw(st.integers(0, 40)))
        ticket = draw(st.sampled_from([{}, {"ticket_id": "t1"}, {"ticket_id": "t2"}]))
        kinds = [complaint(at, **ticket), complaint(at, **ticket), resolution(at, **ticket)]
        kinds += [survey(at, "nps", 0), visit(at)]
        messages.append(draw(st.sampled_from(kinds)) | {"messageId": f"m-{number}"})
    return messages


@not_compiled
@bounded_in_one_form
@given(st.data(), grievances())
def test_which_cases_are_kept_does_not_depend_on_the_order_of_arrival(
    data: st.DataObject, messages: list[Json]
) -> None:
    """Unless something ends a complaint after its ticket was forgotten; nor on whose they were."""
    ends = [each for each in messages if each["event"] == "Complaint Resolved"]
    others = [each for each in messages if each not in ends]
    last = visit(day(40)) | {"messageId": "m-last"}
    with few_kept():
        one = lived([*ends, *others, last]).row.history
        other = lived([*ends, *data.draw(st.permutations(others)), last]).row.history
        parts = [
            lived([*(each | {"messageId": f"{n}-{each['messageId']}"} for each in ends), *part]).row
            for n, part in enumerate(split(data, [*others, last], 2))
        ]
        merged = parts[0].history
        for each in parts[1:]:
            merged = merge_history(merged, each.history, BOOK)
        merged = without_run_out(merged, one.last_seen_at, BOOK)

    assert len(one.cases) <= FEW + 3
    assert (other.cases, other.resolutions) == (one.cases, one.resolutions)
    assert (merged.cases, merged.resolutions) == (one.cases, one.resolutions)


@not_compiled
@bounded_in_one_form
@given(st.data(), grievances())
def test_no_case_is_closed_early(data: st.DataObject, messages: list[Json]) -> None:
    """Who would be handled with care by all cases is so by those that are kept."""
    arrival = data.draw(st.permutations(messages))
    whole = lived(arrival).row
    with few_kept():
        short = lived(arrival).row
    for number in range(100):
        instant = from_datetime(day(number))
        if instant >= whole.as_of and care_of(whole.history, instant, BOOK) == COMPLAINT_OPEN:
            assert care_of(short.history, instant, BOOK) == COMPLAINT_OPEN


def test_many_open_complaints_are_kept_in_short_and_end_by_time() -> None:
    """The oldest of them stand for each other: resolving all that are kept does not end them."""
    many = KEPT_CASES + 10
    filed = [complaint(day(n / 100), ticket_id=f"t{n}") for n in range(many)]
    ended = [resolution(day(1 + n / 100), ticket_id=f"t{n}") for n in range(10, many)]
    life = lived([*filed, *ended], day(60))
    row = lived([*filed, *ended[:-1]]).row

    assert len(row.history.cases) == KEPT_CASES + 1
    assert [each.ticket_id for each in row.history.cases[:2]] == ["", "t10"]
    assert life.path("care") == [
        ("complaint_open", day(0)),
        ("recovering", day(30.09)),
        ("calm", day(44.09)),
    ]
    everything = lived([*filed, resolution(day(2))], day(2)).row
    assert everything.care == "recovering"


def test_many_resolutions_leave_no_case_open_that_they_have_closed() -> None:
    """The oldest go together with their cases."""
    many = KEPT_RESOLUTIONS + 10
    messages: list[Json] = []
    for n in range(many):
        messages += [
            complaint(day(n / 100), ticket_id=f"t{n}"),
            resolution(day(n / 100 + 0.001), ticket_id=f"t{n}"),
        ]
    row = lived(messages).row

    assert len(row.history.resolutions) == KEPT_RESOLUTIONS
    assert len(row.history.cases) == KEPT_RESOLUTIONS
    assert row.care == "recovering"


@not_compiled
def test_the_last_bad_review_stands_for_the_older_ones() -> None:
    """It is closed last, so the others need not be known."""
    messages = [did("Product Reviewed", day(n / 100), rating=1) for n in range(5)]
    messages += [complaint(day(1 + n), ticket_id=f"t{n}") for n in range(FEW)]
    with few_kept():
        row = lived(messages).row

    assert [each.opened_at for each in row.history.cases] == [
        from_datetime(day(at)) for at in (0.04, 1, 2)
    ]
