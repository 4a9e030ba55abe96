"""The proof: the old policy's triggers in the trial are those that were really sent."""

from typing import Any

from schemas.trial_report import Proof
from services.trials.proof import GRACE, SentTrigger, SentTriggers, prove
from tests.services.trials.triggers import at_day, outcome, trigger

VERSION = "1" * 12


def sent(*numbers: float, has_all: bool = True, version: str = VERSION) -> SentTriggers:
    triggers = [SentTrigger(f"id-{each}", at_day(each), version) for each in numbers]
    return SentTriggers(triggers, has_all)


def proved(numbers: list[float], really: SentTriggers, clock: Any = "wall", **others: Any) -> Proof:
    by_clock = others.pop("by_clock", False)
    found = outcome([trigger(each, by_clock=by_clock) for each in numbers], **others)
    return prove(found, really, version=VERSION, clock=clock)


def test_the_same_ids_are_a_proof() -> None:
    proof = proved([1, 2], sent(1, 2))
    assert proof.holds is True
    assert proof.compared == 2
    assert "exactly the 2 triggers that were really sent, id by id" in proof.sentence


def test_a_trigger_that_was_not_sent_is_a_defect() -> None:
    proof = proved([1, 2], sent(1))
    assert proof.holds is False
    assert proof.only_in_trial == ("id-2",)
    assert proof.sentence.startswith("DEFECT")


def test_a_trigger_that_only_was_sent_is_a_defect() -> None:
    proof = proved([1], sent(1, 2))
    assert proof.holds is False
    assert proof.only_sent == ("id-2",)


def test_what_no_worker_has_processed_yet_need_not_be_sent() -> None:
    assert proved([1, 5], sent(1), pending_from=at_day(5)).holds is True
    assert proved([1, 5], sent(1), pending_from=at_day(5) + 1).holds is False


def test_what_the_clock_has_just_set_off_need_not_be_sent_yet() -> None:
    ended_at = at_day(5) + GRACE
    assert proved([5], sent(), by_clock=True, ended_at=ended_at).holds is None
    assert proved([5], sent(), by_clock=True, ended_at=ended_at + 1).holds is False
    assert proved([5], sent(), by_clock=False, ended_at=ended_at).holds is False


def test_on_the_time_of_ticks_nothing_is_late() -> None:
    ended_at = at_day(5)
    assert proved([5], sent(), "topic", by_clock=True, ended_at=ended_at).holds is False


def test_triggers_that_kafka_has_deleted_are_not_missed() -> None:
    assert proved([1, 5], sent(5, has_all=False)).holds is True
    assert proved([1, 5, 6], sent(5, has_all=False)).holds is False


def test_triggers_of_another_policy_make_a_proof_impossible() -> None:
    proof = proved([1], sent(1, version="2" * 12))
    assert proof.holds is None
    assert proof.sentence.startswith("No proof: other policies than 111111111111 have sent")


def test_without_a_trigger_there_is_no_proof() -> None:
    proof = proved([], sent())
    assert proof.sentence == "No proof: no trigger has been sent yet."
    assert proof.holds is None
