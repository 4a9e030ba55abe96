"""The report for a person: what it says first, and what it leaves out."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from jsonschema import Draft202012Validator

from schemas.policy import parse_policy
from schemas.publish import FOLDER
from schemas.trial_report import TrialReport
from services.trials.assemble import Compared, Found, PolicyFile, assemble
from services.trials.outcome import (
    AdoptionOutcome,
    AdoptionTotal,
    AheadTotal,
    HeldTotal,
    Outcome,
    TrialTrigger,
)
from services.trials.proof import SentTrigger, SentTriggers
from services.trials.terminal import write_report
from services.trials.witness import Question
from tests.schemas.policies import SMALL, small
from tests.services.trials.triggers import CONTENT, at_day, customer, outcome, trigger

OLD = parse_policy(SMALL, "p.yaml")
COSTLY = "younger_than: 20 days"
NEW = parse_policy(
    small("younger_than: 30 days", COSTLY).replace("{kind: content}", "{kind: content, cost: 5}"),
    "p.yaml",
)
HERE, AWAY = ("here", "guest", "B", "calm"), ("away", "guest", "B", "calm")


def answers(side: int, questions: Sequence[Question]) -> list[str]:
    return [f"because {side} {each.fired}." for each in questions]


def reported(old: Outcome, new: Outcome, **others: Any) -> TrialReport:
    sent = [SentTrigger(each.id, each.at, OLD.version) for each in old.triggers]
    found = {"sent": SentTriggers(sent, has_all=True), "has_all": True, "clock": "wall", **others}
    compared = Compared(PolicyFile("old.yaml", OLD), PolicyFile("new.yaml", NEW), OLD.version)
    return assemble(compared, Found(old, new, **found), timedelta(days=90), answers)


def written(old: list[TrialTrigger], new: list[TrialTrigger], **others: Any) -> str:
    """One customer moves. All others are there, and have the triggers."""
    names = sorted({each.customer for each in (*old, *new)})
    rest = [customer(name, HERE, 100) for name in names]
    people = [customer("a", HERE, 12_050), *rest]
    moved = [customer("a", AWAY, 12_050), *rest]
    ahead = (AheadTotal("hello", CONTENT, 7),)
    return write_report(
        reported(outcome(old, people, **others), outcome(new, moved, ahead=ahead, **others))
    )


def test_it_begins_with_the_question_and_ends_with_the_proof() -> None:
    lines = written([trigger(50)], [trigger(50), trigger(60, customer="d")]).splitlines()
    assert lines[0] == "What if new.yaml were in force, and not old.yaml?"
    assert lines[1] == (
        "3 customers, 10 events since the first one (2026-01-01). "
        "Triggers from 2026-01-11 to 2026-04-11."
    )
    assert lines[-1].endswith("exactly the 1 trigger that was really sent, id by id.")


def test_in_short_it_says_how_many_triggers_differ_and_what_they_cost() -> None:
    text = written([trigger(50)], [trigger(50), trigger(60, customer="d")])
    assert "2 triggers instead of 1 (+1): 1 only under the new policy, 0 only under" in text
    assert "1 customer gets more than before, 0 get less." in text
    assert "The offers cost 10.00 EUR instead of 5.00 EUR (+5.00 EUR)." in text


def test_it_shows_who_moves_and_what_they_are_worth() -> None:
    text = written([], [trigger(60)])
    assert (
        "segment, 1 of 2 move  customers     revenue\n  here -> away                  1  120.50 EUR"
        in text
    )
    assert "stage, tier, care: nobody moves" in text


def test_it_shows_what_falls_due_next() -> None:
    assert "  hello    ·    7\n  all      ·    7\n  The offers cost 35.00 EUR" in written([], [])


def test_it_shows_what_the_switch_holds_or_sends() -> None:
    at = at_day(100)
    adoption = AdoptionOutcome((AdoptionTotal("hello", 3, 2),), (at, at))
    text = written([], [trigger(60)], adoption=adoption)
    assert "THE SWITCH on 2026-04-11\n  rule   adoption: hold keeps back  adoption: fire" in text
    assert text.split("THE SWITCH")[1].splitlines()[2].split() == ["hello", "3", "2"]
    assert "With adoption: fire, 2 triggers go out in the busiest hour, at 2026-04-11" in text
    assert "new.yaml says adoption: hold." in text


def test_a_switch_that_sets_off_nothing_says_so() -> None:
    assert "The switch itself sets off no rule." in written([], [])


def test_an_example_has_the_reasons_of_both() -> None:
    text = written([], [trigger(60)])
    assert "    c, hello\n      old: no trigger. because 0 False.\n" in text
    assert "      new: 2026-03-02 content (). because 1 True." in text


def test_rows_without_a_difference_are_only_counted() -> None:
    text = written([trigger(50, segment="away")], [trigger(50, segment="away"), trigger(60)])
    assert "TRIGGERS BY SEGMENT" in text
    assert "1 more without a difference: 1 trigger" in text
    assert "TRIGGERS BY" not in written([trigger(50)], [trigger(50)])


def test_what_is_held_back_differently_is_shown() -> None:
    people = [customer("a", HERE)]
    held = outcome(customers=people, held=(HeldTotal("hello", "cap", 3),))
    report = reported(held, outcome(customers=people))
    assert "HELD BACK" in write_report(report)
    assert "HELD BACK" not in written([], [], held=(HeldTotal("hello", "cap", 3),))


def test_no_customer_id_controls_the_terminal() -> None:
    text = written([], [trigger(60, customer="\x1b[2Jevil")])
    assert "\x1b" not in text
    assert "?[2Jevil, hello" in text


def test_no_line_of_sentences_is_wider_than_a_terminal() -> None:
    assert all(len(line) <= 100 for line in written([], [trigger(60)]).splitlines()[:-1])


def test_there_are_twenty_examples_of_a_kind_and_all_rules_are_among_them() -> None:
    many = [trigger(20 + n, customer=f"c-{n}", rule="many") for n in range(60)]
    few = [trigger(15, customer="d", rule="few")]
    people = [customer(each.customer, HERE) for each in (*few, *many)]
    report = reported(outcome(customers=people), outcome([*few, *many], people))
    rules = [each.rule for each in report.examples]
    assert len(rules) == 20
    assert rules.count("few") == 1
    assert [each.kind for each in report.examples] == ["only_new"] * 20


def test_no_example_shows_who_was_erased() -> None:
    people = [customer("a", HERE)]
    gone = outcome([trigger(60, customer="gone")], people)
    report = reported(outcome(customers=people), gone)
    assert report.triggers.only_new == 1
    assert report.examples == ()


def test_the_json_is_the_same_each_time() -> None:
    old, new = outcome([trigger(50)], [customer("a", HERE)]), outcome([trigger(60)])
    assert reported(old, new).model_dump_json() == reported(old, new).model_dump_json()


def test_the_json_is_what_the_published_contract_says() -> None:
    contract = json.loads((FOLDER / "policy-trial.schema.json").read_text("utf-8"))
    people = [customer("a", HERE)]
    new = outcome([trigger(60)], people, held=(HeldTotal("hello", "cap", 3),))
    for report in (reported(outcome(customers=people), new), reported(new, new, has_all=False)):
        Draft202012Validator(contract).validate(json.loads(report.model_dump_json(by_alias=True)))


def test_a_cut_history_has_no_proof() -> None:
    old = outcome([trigger(50)], [customer("a", HERE)])
    proof = reported(old, old, has_all=False).proof
    assert proof.holds is None
    assert "Kafka has deleted the oldest records" in proof.sentence


def test_triggers_before_the_time_are_not_counted() -> None:
    early = trigger(9, customer="early")
    assert at_day(9) < at_day(10)
    report = reported(outcome([early], [customer("a", HERE)]), outcome())
    assert report.triggers.old == 0
    assert report.people.touched_by_old == 0
