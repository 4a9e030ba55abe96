"""What doctor says of messages that were refused."""

from services.tools.doctor.dead_letters import finding_of
from services.tools.doctor.finding import Verdict
from tests.services.dead_letters.letters import letter


def test_without_any_all_is_well() -> None:
    assert finding_of({}, None, whole=True).verdict is Verdict.OK


def test_they_are_counted_by_reason_with_the_newest_and_what_to_do() -> None:
    found = finding_of({"no_exchange_rate": 1_301, "not_json": 2}, letter(), whole=True)
    assert found.verdict is Verdict.NOTE
    assert found.message == (
        "1,303 in the last 24 hours (no_exchange_rate 1,301, not_json 2), the newest 3-17 of "
        "2026-09-21T14:13:20Z: add the rates to the policy (docs/money.md), restart the workers, "
        "and retry them with `stammkunde dead-letters retry --reason no_exchange_rate`"
    )


def test_a_look_that_came_to_no_end_says_at_least() -> None:
    found = finding_of({"not_json": 100_000}, letter(), whole=False)
    assert found.message.startswith("at least 100,000 in the last 24 hours (not_json 100,000)")
    assert "`stammkunde dead-letters list --since 24h` says what is wrong" in found.message
