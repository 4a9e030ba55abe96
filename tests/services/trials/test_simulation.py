"""The simulation: clock, ticks, joins and erasures as a worker has them."""

from collections.abc import Sequence
from datetime import timedelta

from schemas import topics
from schemas.policy import load_default_policy, parse_policy
from services.trials.simulation import Simulation
from services.trials.witness import Question, Witness
from tests.schemas.policies import changed
from tests.services.trials.arriving import arriving, record_at
from tests.services.trials.triggers import at_day
from tests.topology.domain.messages import Json, day, order, orders, track
from topology.agents.join_records import Erase, encode_join
from topology.batching.record import Record
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.policy.compile import compile_policy
from topology.domain.rows.erased import fingerprint_of
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import read_entry

BOOK = compile_policy(load_default_policy())
SALT = b"a salt that nobody guesses"


def lived(
    messages: Sequence[Json], until: Instant, simulation: Simulation | None = None
) -> Simulation:
    simulation = simulation or Simulation(BOOK, salt=SALT)
    simulation.run(sorted(arriving(messages), key=lambda each: each.timestamp))
    simulation.go_on_until(until)
    return simulation


def fired(simulation: Simulation, rule: str) -> list[tuple[str, Instant]]:
    found = (each.trigger for each in simulation.log.triggers)
    return [(each.customer, each.at) for each in found if each.rule == rule]


def tick(number: float, offset: int = 0) -> Record:
    return record_at({"now": day(number).isoformat()}, day(500), offset, topics.CLOCK)


def test_the_clock_sets_off_what_falls_due_between_two_records() -> None:
    simulation = lived([order(day(0), "o1"), order(day(50), "o2", profile="d")], at_day(61))
    assert fired(simulation, "second_purchase") == [("c", at_day(21))]
    [trigger] = [each.trigger for each in simulation.log.triggers if each.trigger.at == at_day(21)]
    assert trigger.by_clock
    assert trigger.created_at == at_day(21)


def test_what_falls_due_at_once_is_noticed_within_a_second() -> None:
    """So nothing is too old to be sent, however long no record came."""
    simulation = lived([order(day(0), "o1"), order(day(400), "o2")], at_day(400))
    assert fired(simulation, "wake_up") == [("c", at_day(60))]


def test_an_import_of_the_past_is_held_and_says_why() -> None:
    simulation = Simulation(BOOK)
    messages = orders(day(0), day(1), total=300)
    simulation.run(record_at(each, day(100), number) for number, each in enumerate(messages))
    simulation.go_on_until(at_day(101))
    assert not simulation.log.triggers
    assert {each.reason for each in simulation.held.found} <= {"age", "history", "cap"}
    assert sum(simulation.held.found.values()) > 2


def test_with_the_clock_topic_only_ticks_move_the_clock() -> None:
    simulation = Simulation(compile_policy(load_default_policy(), sends_everything=True), "topic")
    first = record_at(order(day(0), "o1"), day(500))
    simulation.run([tick(0), first])
    assert fired(simulation, "second_purchase") == []
    simulation.run([tick(30, 1)])
    assert fired(simulation, "second_purchase") == [("c", at_day(21))]
    assert simulation.log.triggers[-1].trigger.created_at == at_day(30)
    assert simulation.records == 1


def test_a_tick_that_is_none_is_refused() -> None:
    simulation = Simulation(BOOK, "topic")
    simulation.run([record_at({"now": "soon"}, topic=topics.CLOCK)])
    assert (simulation.log.refused, simulation.clock) == (1, 0)


def test_names_of_one_person_find_each_other() -> None:
    """What a browser has ordered becomes the customer's, whose name it is afterwards."""
    bought = order(day(0), "o1", profile="browser")
    bought["anonymousId"] = bought.pop("userId")
    looked = track("Product Viewed", day(1), "m-join", "c") | {"anonymousId": "browser"}
    simulation = lived([bought, looked], at_day(22))
    assert simulation.log.refused == 0
    assert type(read_entry(simulation.rows[b"browser"])) is Forward
    assert fired(simulation, "second_purchase") == [("c", at_day(21))]


def test_who_asked_for_erasure_is_gone() -> None:
    simulation = lived([order(day(0), "o1")], at_day(5))
    erase = encode_join(Erase("", "era-1", 0, fingerprint_of(SALT)))
    stamp = from_datetime(day(5)) // 1000
    simulation.run([Record(topics.JOINS, 0, 0, stamp, 1, b"c", erase)])
    assert b"c" not in simulation.rows
    simulation.go_on_until(at_day(100))
    assert fired(simulation, "second_purchase") == []


def test_refused_records_are_counted() -> None:
    simulation = Simulation(BOOK)
    simulation.run([record_at({"type": "nothing"}, day(1))])
    assert simulation.log.refused == 1


def answer(simulation: Simulation, rule: str, at: float, *, fires: bool = False) -> str:
    question = Question("c", rule, at_day(at), fires)
    return Witness(BOOK, simulation).answer(question)


def test_a_witness_gives_the_reason_of_a_trigger() -> None:
    simulation = lived([order(day(0), "o1")], at_day(100))
    assert answer(simulation, "second_purchase", 21, fires=True).startswith("The first order was")


def test_a_witness_says_what_a_rule_waits_for() -> None:
    simulation = lived([order(day(0), "o1")], at_day(100))
    assert answer(simulation, "wake_up", 45) == (
        "The customer had segment promising, stage first_time_buyer. "
        "It waits for: entering about_to_sleep."
    )


def test_a_witness_says_when_a_rule_rests() -> None:
    simulation = lived([order(day(0), "o1")], at_day(100))
    assert answer(simulation, "second_purchase", 30) == (
        "It had fired on 2026-01-22, and rests until 2026-02-21."
    )


def test_a_witness_knows_which_rules_there_are() -> None:
    simulation = lived([order(day(0), "o1")], at_day(10))
    assert answer(simulation, "newer_rule", 5) == "This policy has no rule newer_rule."


def test_a_witness_says_what_has_held_a_promotion() -> None:
    complaint = track("Complaint Filed", day(20), "m-angry")
    simulation = lived([order(day(0), "o1"), complaint], at_day(40))
    assert "held on 2026-01-22: a complaint or bad review is open" in (
        answer(simulation, "second_purchase", 21)
    )


def test_both_policies_see_the_same_records() -> None:
    other = compile_policy(parse_policy(changed("60 days", "45 days"), "p.yaml"))
    simulation = lived([order(day(0), "o1")], at_day(100), Simulation(other))
    assert fired(simulation, "wake_up") == [("c", at_day(45))]


def test_rows_are_due_at_whole_seconds_after_their_instants() -> None:
    """As late as a worker's clock may be."""
    at = day(0) + timedelta(milliseconds=300)
    simulation = lived([order(at, "o1")], at_day(4))
    [trigger] = [each.trigger for each in simulation.log.triggers if each.trigger.by_clock]
    assert trigger.at % 1_000_000 == 300_000
    assert trigger.created_at % 1_000_000 == 0
    assert 0 < trigger.created_at - trigger.at < 1_000_000
