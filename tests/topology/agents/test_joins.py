"""Joins: how the names of one person find each other, told step by step."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from schemas import topics
from tests.topology.agents.partitions import Partitions
from tests.topology.domain.messages import Json, complaint, day, order, track, visit
from topology.agents.join_records import Claim, Merge, Passed, Refused, encode_join
from topology.domain.forward import Forward
from topology.domain.instant import from_datetime
from topology.domain.names import MOST_NAMES, Called, Contested
from topology.domain.row import decode_row, encode_row
from topology.domain.state import State


def identify(user: str, number: int = 0, **more: object) -> Json:
    return {
        "type": "identify",
        "userId": user,
        "messageId": f"i-{user}-{number}",
        "timestamp": day(number).isoformat(),
        **more,
    }


def external(user: str, number: int, **ids: str) -> Json:
    found = [{"type": kind, "id": name} for kind, name in ids.items()]
    return identify(user, number, context={"externalIds": found})


def alias(previous: str, user: str, number: int = 0) -> Json:
    return {
        "type": "alias",
        "previousId": previous,
        "userId": user,
        "messageId": f"a-{previous}-{user}-{number}",
        "timestamp": day(number).isoformat(),
    }


def anonymous(message: Json, name: str) -> Json:
    rest = {key: value for key, value in message.items() if key != "userId"}
    return rest | {"anonymousId": name}


def told(*messages: Json, count: int = 3) -> Partitions:
    """One message after the other, each with all that follows from it."""
    partitions = Partitions(count)
    for message in messages:
        partitions.say(message)
        partitions.drain()
    return partitions


def names_of(partitions: Partitions, name: str) -> tuple[str, ...]:
    _, state = partitions.person(name)
    assert state.names is not None
    return state.names.others


def contested(partitions: Partitions, name: str) -> list[str]:
    _, state = partitions.person(name)
    return [each.name for each in state.names.contested] if state.names else []


def test_an_anonymous_visitor_s_orders_become_those_of_the_user_who_logs_in() -> None:
    """A claim, a merge, and a forwarding entry that stays."""
    partitions = told(
        anonymous(order(day(0), "o1"), "anon"),
        order(day(1), "o2", profile="anna"),
        identify("anna", 2, anonymousId="anon"),
    )
    key, state = partitions.person("anon")

    assert key == "anna"
    assert [each.id for each in state.facts.orders] == ["o1", "o2"]
    assert state.facts.events == 3
    assert state.segment == "potential_loyalist"
    assert names_of(partitions, "anna") == ("anon",)
    assert partitions.entry("anon") == Forward(0, "", None, "anon", 0, "anna", user=False)
    assert [type(each) for each in partitions.joins()] == [Claim, Merge]
    moves = {each["dimension"]: each for each in partitions.sent(topics.TRANSITIONS)}
    move = moves["segment"]
    assert (move["cause"], move["customer_id"], move["to"]) == (
        "merge",
        "anna",
        "potential_loyalist",
    )


def test_an_event_of_an_alias_reaches_the_person_after_the_join() -> None:
    """Also the second time that it comes; and it counts where it belongs in time."""
    late = anonymous(order(day(5), "o1"), "anon")
    partitions = told(identify("anna", 9, anonymousId="anon"), late, late)
    _, state = partitions.person("anna")

    assert [each.id for each in state.facts.orders] == ["o1"]
    assert state.facts.events == 2
    assert [type(each) for each in partitions.joins()] == [Claim, Passed, Passed]


def test_an_event_without_message_id_or_time_keeps_what_stands_in_for_them() -> None:
    """Its place in the source and the broker's time, although it has gone on to another topic."""
    bare = anonymous(order(day(5), "o1"), "anon")
    del bare["messageId"], bare["timestamp"]
    one, other = told(identify("anna", 9, anonymousId="anon"), bare), told(bare)
    other.say(identify("anna", 9, anonymousId="anon"))
    other.drain()

    (_, state), (_, same) = one.person("anna"), other.person("anna")
    assert state.facts == same.facts
    assert sorted(state.seen[at : at + 8] for at in range(0, len(state.seen), 12)) == sorted(
        same.seen[at : at + 8] for at in range(0, len(same.seen), 12)
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("instagram", "instagram:h"),
        ("other", "other:h"),
        ("anonymous_id", "h"),
        ("anonymousId", "h"),
    ],
)
def test_external_ids_of_known_types_are_names(kind: str, name: str) -> None:
    """Networks, and anonymous ids."""
    partitions = told(external("anna", 1, **{kind: "h"}))

    assert names_of(partitions, "anna") == (name,)
    assert isinstance(partitions.entry(name), Forward)


@pytest.mark.parametrize("kind", ["email", "phone", "custom", "user_id", "userId", "Instagram", ""])
def test_external_ids_of_other_types_join_nothing(kind: str) -> None:
    """An address may be a household's; user ids are joined by an alias alone."""
    partitions = told(order(day(0), "o1", profile="h"), external("anna", 1, **{kind: "h"}))

    assert names_of(partitions, "anna") == ()
    assert partitions.joins() == []


def test_a_handle_is_joined_with_what_was_said_under_it() -> None:
    """A mention before the customer was known, and one after."""
    said = {"network": "instagram", "handle": "an"}
    mentions = [
        {
            "type": "track",
            "event": "Social Mentioned",
            "messageId": f"s-{n}",
            "timestamp": day(n).isoformat(),
            "properties": said,
        }
        for n in (0, 9)
    ]
    partitions = told(mentions[0], external("anna", 1, instagram="an"), mentions[1])

    assert partitions.person("instagram:an")[0] == "anna"
    assert partitions.person("anna")[1].facts.events == 3


def test_a_track_event_with_both_ids_joins_them_once() -> None:
    """As Segment sends them on every page after a login: one claim, not one an event."""
    both = [order(day(n), f"o{n}", profile="anna") | {"anonymousId": "anon"} for n in range(5)]
    partitions = told(anonymous(visit(day(0)), "anon"), *both)

    assert [type(each) for each in partitions.joins()] == [Claim, Merge]
    assert partitions.person("anon")[1].facts.events == 6


def test_who_is_anonymous_claims_nothing() -> None:
    """Without a user id nothing says whose the other names are."""
    partitions = told(
        {**external("x", 0, instagram="h"), "userId": "", "anonymousId": "anon"},
    )

    assert partitions.joins() == []
    assert partitions.person("anon")[1].names is None


def test_a_shared_device_is_not_a_person() -> None:
    """It belongs to the first; the second claim is noted with its owner, and joins nothing."""
    partitions = told(
        anonymous(order(day(0), "o1"), "tablet"),
        identify("anna", 1, anonymousId="tablet"),
        identify("bert", 2, anonymousId="tablet"),
        order(day(3), "o2", profile="bert") | {"anonymousId": "tablet"},
        anonymous(order(day(4), "o3"), "tablet"),
    )
    _, anna = partitions.person("anna")
    _, bert = partitions.person("bert")

    assert [each.id for each in anna.facts.orders] == ["o1", "o3"]
    assert [each.id for each in bert.facts.orders] == ["o2"]
    assert bert.names is not None
    assert bert.names.others == ()
    assert bert.names.contested == (Contested("tablet", "anna", from_datetime(day(2))),)
    assert anna.names is not None
    assert anna.names.contested == ()
    assert sum(isinstance(each, Refused) for each in partitions.joins()) == 1, "and not asked again"


def test_an_alias_of_a_name_that_belongs_to_another_is_contested_too() -> None:
    """Whoever logs in on a shared device is not everybody who ever did."""
    partitions = told(
        anonymous(visit(day(0)), "tablet"), alias("tablet", "anna", 1), alias("tablet", "bert", 2)
    )

    assert partitions.person("tablet")[0] == "anna"
    assert partitions.person("bert")[0] == "bert"
    assert contested(partitions, "bert") == ["tablet"]


def test_an_alias_waits_until_its_name_is_known_to_be_a_user_id() -> None:
    """Then the three are one person, as they would be if it had been known from the start."""
    unknown = [alias("carl", "anna", 1), alias("carl", "bert", 2)]
    partitions = told(*unknown)
    assert contested(partitions, "bert") == ["carl"]
    partitions.say(visit(day(3)) | {"userId": "carl"})
    partitions.drain()
    known = told(visit(day(3)) | {"userId": "carl"}, *unknown)

    for each in (partitions, known):
        assert {each.person(name)[0] for name in ("anna", "bert", "carl")} == {"anna"}
        assert contested(each, "carl") == []
        assert names_of(each, "carl") == ("bert", "carl")
    assert partitions.person("anna")[1].facts == known.person("anna")[1].facts


def test_two_user_ids_are_joined_by_an_alias_and_called_by_its_new_name() -> None:
    """The row lives under the smaller, and all that is said carries the name."""
    partitions = told(
        order(day(0), "o1", profile="anna-1"),
        order(day(1), "o2", profile="anna-2"),
        alias("anna-1", "anna-2", 2),
        order(day(3), "o3", profile="anna-1"),
        order(day(4), "o4", profile="anna-2"),
    )
    key, state = partitions.person("anna-2")

    assert (key, state.customer_id) == ("anna-1", "anna-2")
    assert state.names is not None
    assert state.names.called == Called(from_datetime(day(2)), "a-anna-1-anna-2-2", "anna-2")
    assert len(state.facts.orders) == 4
    since = [each for each in partitions.outputs if each.topic == topics.TRANSITIONS][2:]
    assert {each.key for each in since} == {b"anna-2"}
    assert {each.partition for each in since} == {partitions.posting.home(b"anna-2")}


def test_an_identify_joins_no_user_ids() -> None:
    """Somebody's user id as another's anonymous id is a mistake, or a shared device."""
    partitions = told(visit(day(0)) | {"userId": "bert"}, identify("anna", 1, anonymousId="bert"))

    assert isinstance(partitions.entry("bert"), State)
    assert contested(partitions, "anna") == ["bert"]


def test_the_latest_alias_says_what_somebody_is_called() -> None:
    """Whichever arrives last; one that says nothing does not count."""
    messages = [alias("u1", "u2", 1), alias("u2", "u3", 3), alias("u3", "u1", 2)]
    known: list[Json] = [visit(day(n)) | {"userId": f"u{n}"} for n in (1, 2, 3)]
    for order_of_arrival in (messages, messages[::-1]):
        partitions = told(*known, *order_of_arrival, alias("u1", "u1", 9))
        assert partitions.person("u2")[0] == "u1"
        assert partitions.person("u2")[1].customer_id == "u3"


@pytest.mark.parametrize("number", range(40))
def test_a_circle_of_aliases_under_way_at_once_comes_to_one_person(number: int) -> None:
    """All claims are sent before any arrives, and the queues are read in many orders."""
    partitions = Partitions(3)
    for n in (1, 2, 3):
        partitions.say(order(day(n), f"o{n}", profile=f"u{n}"))
        partitions.drain()
    partitions.say(alias("u1", "u2", 4), alias("u2", "u3", 5), alias("u3", "u1", 6))
    steps = iter(range(10_000))
    partitions.drain(lambda waiting: (number + next(steps) * (1 + number % 7)) % len(waiting))

    [person] = partitions.people()
    assert [each.id for each in person.facts.orders] == ["o1", "o2", "o3"]
    assert person.customer_id == "u1"
    assert {partitions.person(f"u{n}")[0] for n in (1, 2, 3)} == {"u1"}


@pytest.mark.parametrize(
    "again",
    [
        alias("anna", "anna", 5),
        alias("bert", "anna", 5),
        alias("anna", "bert", 5),
        identify("anna", 5, anonymousId="anon"),
        identify("bert", 5, anonymousId="anon"),
        identify("bert", 5, anonymousId="bert"),
    ],
)
def test_joining_what_is_one_person_already_is_harmless(again: Json) -> None:
    """It is a sign of life, and that is all."""
    known = [visit(day(n)) | {"userId": user} for n, user in enumerate(["anna", "bert"])]
    joined = [identify("anna", 2, anonymousId="anon"), alias("bert", "anna", 3)]
    before = told(*known, *joined).person("anna")[1]
    partitions = told(*known, *joined, again)
    after = partitions.person("bert")[1]

    assert len(partitions.people()) == 1
    assert after.facts.events == before.facts.events + 1
    assert after.names is not None
    assert before.names is not None
    assert after.names.others == before.names.others
    assert after.names.contested == ()


def test_a_name_that_nobody_knows_is_kept_for_later() -> None:
    """A forwarding entry without anything to merge."""
    partitions = told(identify("anna", 1, anonymousId="anon"))

    assert isinstance(partitions.entry("anon"), Forward)
    assert [type(each) for each in partitions.joins()] == [Claim]
    partitions.tick(0, from_datetime(day(800)))
    partitions.tick(1, from_datetime(day(800)))
    partitions.tick(2, from_datetime(day(800)))
    assert isinstance(partitions.entry("anon"), Forward), "it is never due"


def many_names(user: str, count: int) -> list[Json]:
    return [identify(user, n, anonymousId=f"{user}-anon-{n}") for n in range(count)]


def test_a_person_has_at_most_fifty_names() -> None:
    """The one that would be too many is refused, with the reason, and joins nothing."""
    most = many_names("anna", MOST_NAMES - 1)
    partitions = told(*most, identify("anna", 60, anonymousId="one-more"))

    assert len(names_of(partitions, "anna")) == MOST_NAMES - 1
    assert partitions.entry("one-more") is None
    said = "anna has 50 names already, and a person has at most 50"
    assert partitions.letters() == [("too_many_names", said)]
    assert partitions.person("anna")[1].facts.events == MOST_NAMES - 1
    partitions.say(most[3] | {"messageId": "again"})
    partitions.drain()
    assert len(partitions.letters()) == 1, "a name that they have already is none more"


def test_a_track_event_with_one_name_too_many_counts_all_the_same() -> None:
    """Only its claim is dropped."""
    both = order(day(60), "o1", profile="anna") | {"anonymousId": "one-more"}
    partitions = told(*many_names("anna", MOST_NAMES - 1), both)

    assert len(partitions.person("anna")[1].facts.orders) == 1
    assert partitions.entry("one-more") is None
    assert partitions.letters() == []


def test_two_users_with_too_many_names_together_stay_two() -> None:
    """The claim is refused, and the claimant does not go on as if it had the name."""
    partitions = told(*many_names("anna", 25), *many_names("bert", 25), alias("anna", "bert", 80))

    assert partitions.person("anna")[0] == "anna"
    assert partitions.person("bert")[0] == "bert"
    said = "bert and anna have 52 names together; a person has at most 50"
    assert partitions.letters() == [("too_many_names", said)]
    assert "anna" not in names_of(partitions, "bert")
    assert contested(partitions, "bert") == ["anna"]


@pytest.mark.parametrize("value", [None, b"", b"\x00", b"{}", b"\xc1", b"\x81\xa4kind\xa4nope"])
@pytest.mark.parametrize("key", [b"anna", b"", None, b"\xff", b"\0clock"])
def test_garbage_among_the_joins_goes_to_the_dead_letters(
    key: bytes | None, value: bytes | None
) -> None:
    """And its neighbours are processed."""
    partitions = told(anonymous(order(day(0), "o1"), "anon"))
    partitions._append(topics.JOINS, 0, key, value)
    partitions.say(identify("anna", 1, anonymousId="anon"))
    partitions.drain()

    assert [reason for reason, _ in partitions.letters()] == ["unknown_shape"]
    assert partitions.person("anon")[0] == "anna"


def test_a_merge_of_foreign_bytes_goes_to_the_dead_letters() -> None:
    """So does what a newer release has written."""
    partitions = told(identify("anna", 1, anonymousId="anon"))
    home = partitions.posting.home(b"anna")
    partitions._append(topics.JOINS, home, b"anna", encode_join(Merge("", "x", b"no row")))
    partitions._append(topics.JOINS, home, b"anna", encode_join(Merge("", "x", b"", version=2)))
    partitions.drain()

    assert [reason for reason, _ in partitions.letters()] == ["invalid_field", "unknown_shape"]


def test_records_of_another_application_are_left_alone() -> None:
    """It shares the topics, and has rows of its own."""
    ours, theirs = Partitions(3), Partitions(3, app_id="theirs")
    for each in (ours, theirs):
        each.say(anonymous(order(day(0), "o1"), "anon"), identify("anna", 1, anonymousId="anon"))
        each.drain()
    for output in theirs.outputs:
        if output.topic == topics.JOINS and output.partition is not None:
            ours._append(output.topic, output.partition, output.key, output.value)
    ours.drain()

    assert ours.person("anna")[1].facts.events == 2
    assert ours.letters() == []


def test_a_record_about_names_on_the_wrong_partition_is_handed_on_once() -> None:
    """As an event is."""
    partitions = told(anonymous(order(day(0), "o1"), "anon"))
    claim = told(identify("anna", 1, anonymousId="anon")).outputs[-1]
    home = partitions.posting.home(b"anon")
    wrong = (home + 1) % 3
    partitions._append(topics.JOINS, wrong, claim.key, claim.value)
    partitions.drain()
    assert isinstance(partitions.entry("anon"), Forward)

    headers = [("forwarded-from", b"elsewhere")]
    partitions._append(topics.JOINS, wrong, claim.key, claim.value, headers)
    partitions.drain()
    assert [reason for reason, _ in partitions.letters()] == ["wrong_partition"]


def test_an_event_of_an_alias_on_the_wrong_partition_finds_the_person() -> None:
    """Handed on to the alias's partition first, then sent along."""
    partitions = told(identify("anna", 1, anonymousId="anon"))
    wrong = (partitions.posting.home(b"anon") + 1) % 3
    partitions.say(anonymous(order(day(2), "o1"), "anon"), at=wrong)
    partitions.drain()

    assert len(partitions.person("anna")[1].facts.orders) == 1


def test_a_rule_that_rested_under_one_name_rests_under_all() -> None:
    """What the rules remember is merged: the latest firing counts, and all of them are counted."""
    bad = {"type": "track", "event": "Complaint Filed", "properties": {}}
    complaints = [
        bad | {"userId": user, "messageId": f"c-{user}", "timestamp": day(n).isoformat()}
        for n, user in enumerate(["anna", "bert"])
    ]
    partitions = told(*complaints, alias("bert", "anna", 2))
    fired = partitions.person("anna")[1].memory.last_fired("service_recovery")
    assert fired is not None
    assert (fired.at, fired.times) == (from_datetime(day(1)), 2)

    again = bad | {"userId": "bert", "messageId": "c-3", "timestamp": day(3).isoformat()}
    before = len(partitions.sent(topics.TRIGGERS))
    partitions.say(again)
    partitions.drain()
    assert len(partitions.sent(topics.TRIGGERS)) == before


def test_numbers_of_transitions_go_on_from_the_larger() -> None:
    """No number comes twice for what a person is called."""
    many = [order(day(n), f"o{n}", profile="bert") for n in range(6)]
    partitions = told(*many, order(day(6), "p", profile="anna"), alias("bert", "anna", 7))
    largest = max(each["sequence"] for each in partitions.sent(topics.TRANSITIONS)[:-1])
    move = partitions.sent(topics.TRANSITIONS)[-1]

    assert (move["cause"], move["sequence"]) == ("merge", largest + 1)


def test_a_retry_claims_nothing() -> None:
    """The message id says that it counts once, whatever else is in it."""
    partitions = told(
        identify("anna", 1, anonymousId="anon"), identify("anna", 1, anonymousId="other")
    )

    assert names_of(partitions, "anna") == ("anon",)
    assert partitions.entry("other") is None


def test_a_name_that_was_anonymous_becomes_a_user_id_when_a_message_says_so() -> None:
    """From then on nobody gets it but by an alias."""
    partitions = told(
        anonymous(order(day(0), "o1"), "bert"),
        order(day(1), "o2", profile="bert"),
        identify("anna", 2, anonymousId="bert"),
    )
    assert partitions.person("bert")[0] == "bert"
    assert contested(partitions, "anna") == ["bert"]

    partitions.say(alias("bert", "anna", 3))
    partitions.drain()
    assert partitions.person("bert")[0] == "anna"
    assert contested(partitions, "anna") == []


def test_a_row_of_an_earlier_release_joins_like_any_other() -> None:
    """It does not know yet by what it is known: the next message says so, else it yields."""
    partitions = told(order(day(0), "o1", profile="anna"), order(day(0), "o2", profile="bert"))
    for name in (b"anna", b"bert"):
        rows = partitions.rows[partitions.posting.home(name)]
        older = replace(decode_row(rows[name]), names=None)
        rows[name] = encode_row(older)
        assert decode_row(rows[name]) == older
    partitions.say(alias("anna", "bert", 1))
    partitions.drain()

    assert partitions.person("anna")[0] == "bert"
    assert len(partitions.person("anna")[1].facts.orders) == 2
    partitions.say(alias("bert", "anna", 2))
    partitions.drain()
    assert partitions.person("anna")[1].customer_id == "anna"


@pytest.mark.parametrize("buyer", ["anon", "anna"])
@pytest.mark.parametrize("clocks", [(10, 30), (30, 10), (30, 30), (21, 21), (10, 10), (700, 700)])
def test_a_delay_that_ends_about_the_time_of_a_join_sets_its_rule_off_once(
    buyer: str, clocks: tuple[int, int]
) -> None:
    """Of the row that yields and the claimant either may have the order, or the later clock."""
    partitions = told(anonymous(visit(day(1)), "anon"), visit(day(2)) | {"userId": "anna"})
    bought = order(day(0), "o1", profile="anna")
    partitions.say(bought if buyer == "anna" else anonymous(bought, "anon"))
    partitions.drain()
    assert partitions.posting.home(b"anon") != partitions.posting.home(b"anna")
    for name, until in zip((b"anon", b"anna"), clocks, strict=True):
        partitions.tick(partitions.posting.home(name), from_datetime(day(until)))
    partitions.say(identify("anna", 9, anonymousId="anon"))
    partitions.drain()
    for number in range(3):
        partitions.tick(number, from_datetime(day(800)))

    [fired] = [
        each for each in partitions.sent(topics.TRIGGERS) if each["rule"] == "second_purchase"
    ]
    latest = day(max(21, *clocks)) if buyer == "anon" and clocks[0] < 21 else day(21)
    assert datetime.fromisoformat(fired["effective_at"]) == latest


@pytest.mark.parametrize(("followed_on", "times"), [(0, 1), (1, 2)])
def test_what_waits_under_one_name_has_not_the_id_of_what_fired_under_the_other(
    followed_on: int, times: int
) -> None:
    """If both fell due at one instant it was the same, and what waited is over."""
    follows = track("Social Followed", day(0), "f", network="instagram")
    disappointed = complaint(day(3) + timedelta(hours=1), profile="anna")
    partitions = told(
        anonymous(follows | {"timestamp": day(followed_on).isoformat()}, "anon"),
        follows | {"userId": "anna", "messageId": "f-2"},
        anonymous(disappointed, "anon"),
    )
    for number in range(3):
        partitions.tick(number, from_datetime(day(10)))
    partitions.say(identify("anna", 10, anonymousId="anon"))
    partitions.drain()
    for number in range(3):
        partitions.tick(number, from_datetime(day(100)))

    triggers = partitions.sent(topics.TRIGGERS)
    ids = [each["trigger_id"] for each in triggers]
    again = [each for each in triggers if each["action"]["template"] == "follower_again"]
    assert len(set(ids)) == len(ids)
    assert len(again) == times


@pytest.mark.parametrize("key", [b"", None, b"\xff", b"\0clock"])
def test_a_record_about_names_for_nobody_goes_to_the_dead_letters(key: bytes | None) -> None:
    """Whatever else it says."""
    partitions = told(identify("anna", 1, anonymousId="anon"))
    [claim] = partitions.joins()
    partitions._append(topics.JOINS, 0, key, encode_join(claim))
    partitions.drain()

    assert [reason for reason, _ in partitions.letters()] == ["unknown_shape"]
