"""Rows that an older release wrote: this one reads them, and they say the same."""

import dataclasses
from base64 import b64decode

import msgspec
import pytest

from schemas.messages.yes_no import status_of
from schemas.transition import Cause
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import (
    cancellation,
    complaint,
    day,
    event_from,
    identified,
    order,
    orders,
    refund,
    resolution,
    review,
    visit,
)
from topology.domain.history.consent import DENIED, GRANTED, Consent, consents_to
from topology.domain.history.instant import from_datetime
from topology.domain.history.person import Person, Trait
from topology.domain.history.record import encode, fields_of, replace
from topology.domain.history.state import State, with_person
from topology.domain.rows.row import decode_row, encode_row, wake_of
from topology.domain.rows.row_v4 import StateV4
from topology.domain.steps.wake import wake_at


def _without_times(row: State) -> State:
    """The row, with refunds that do not say when they were made."""
    refunds = tuple(replace(each, at=0) for each in row.history.refunds)
    return replace(row, history=replace(row.history, refunds=refunds))


@pytest.mark.parametrize("old", ["_VERSION_1", "_VERSION_2"])
def test_a_row_of_an_older_version_is_upgraded(old: str) -> None:
    """These bytes were written by the release of that version, after the messages below."""
    row, value = lived(_MESSAGES, day(100)).row, globals()[old]
    upgraded = decode_row(value)

    assert upgraded.version == row.version == 5
    assert (upgraded.segment, upgraded.scores, upgraded.seen) == (row.segment, row.scores, row.seen)
    assert upgraded.history.orders == row.history.orders
    assert upgraded.history.refunds == _without_times(row).history.refunds
    assert upgraded.history.resolutions == row.history.resolutions
    assert [case.message_id for case in upgraded.history.cases] == [
        case.message_id for case in row.history.cases
    ]
    assert upgraded.history.acted_at == row.history.acted_at == from_datetime(day(16))
    assert [each.rule for each in upgraded.memory.fired] == ["service_recovery", "wake_up"]
    assert decode_row(encode_row(upgraded)) == upgraded


@pytest.mark.parametrize("old", ["_VERSION_1", "_VERSION_2"])
def test_an_upgraded_row_is_due_at_once_and_finds_its_place(old: str) -> None:
    """Stage, tier and care begin at the bottom, and are found out because of the policy."""
    row, value = lived(_MESSAGES, day(100)).row, globals()[old]
    life = Life(state=decode_row(value))
    assert wake_of(value, BOOK) == wake_at(life.row, BOOK) == row.as_of
    step = life.wait_until(row.as_of)

    assert [(each.from_value, each.to_value) for each in step.transitions] == [
        ("prospect", "occasional"),
        ("C", "B"),
    ]
    assert {each.cause for each in step.transitions} == {Cause.POLICY}
    assert (life.row.stage, life.row.tier, life.row.care) == (row.stage, row.tier, row.care)
    assert life.row.wake_at == row.wake_at


@pytest.mark.parametrize("old", ["_VERSION_1", "_VERSION_2"])
def test_a_row_that_knows_no_stage_is_due_at_once_under_its_own_policy_too(old: str) -> None:
    value = globals()[old]
    same = dataclasses.replace(BOOK, version=msgspec.msgpack.decode(value)[1])

    assert wake_of(value, same) == wake_at(decode_row(value), same) == from_datetime(day(100))


def test_a_row_of_version_3_says_the_same_now() -> None:
    """What the rules remember and the contacts are packed since; the policy was another."""
    row, upgraded = lived(_MESSAGES, day(100)).row, decode_row(_VERSION_3)
    memory = upgraded.memory

    assert memory.holds == ()
    assert [(each.rule, each.times) for each in memory.fired] == [
        *(("cross_sell", 1), ("occasional_push", 1), ("service_recovery", 1), ("wake_up", 1))
    ]
    assert memory.promoted == tuple(map(from_datetime, (day(3), day(10), day(69))))
    assert [each.at for each in memory.recoveries] == [from_datetime(day(12))]
    assert [each.reason for each in memory.held] == ["cap"]
    assert upgraded == replace(
        _without_times(row),
        policy_version="ea2df1c95309",
        wake_at=upgraded.wake_at,
        remembered=upgraded.remembered,
        currency="",
    )
    assert decode_row(encode_row(upgraded)) == upgraded


def test_a_row_of_version_4_says_the_same_now() -> None:
    """It does not say in which currency it is."""
    row, upgraded = lived(_MESSAGES, day(100)).row, decode_row(_VERSION_4)
    same = dataclasses.replace(BOOK, version=upgraded.policy_version)

    version = upgraded.policy_version
    assert upgraded == replace(_without_times(row), policy_version=version, currency="")
    assert decode_row(encode_row(upgraded)) == upgraded
    assert wake_of(_VERSION_4, same) == wake_at(upgraded, same) == row.wake_at


@pytest.mark.parametrize(
    ("value", "words", "known"),
    [
        ("GRANTED", (), (Consent("unspecified", 7, GRANTED),)),
        (True, (), (Consent("unspecified", 7, GRANTED),)),
        (False, (), (Consent("unspecified", 7, DENIED),)),
        (False, (Consent("ads", 3, GRANTED),), (Consent("ads", 3, GRANTED),)),
    ],
)
def test_a_row_of_before_version_5_knows_consent_once(
    value: bool | str,  # noqa: FBT001 - it is the trait
    words: tuple[Consent, ...],
    known: tuple[Consent, ...],
) -> None:
    """A trait does not say what was agreed to: so it is for no purpose that a policy asks for."""
    row = lived([identified(day(0), vip=True)]).row
    [vip] = row.history.person.traits
    latest = Person(traits=(Trait("consent", value, 7), vip), purposes=words)
    history = with_person(row.history, latest)
    fields = [getattr(row, name) for name in fields_of(StateV4)]
    old = replace(StateV4(*fields), version=4, history=history)
    person = decode_row(encode(old)).history.person

    assert (person.traits, person.purposes) == ((vip,), known)
    assert person.consents is (status_of(value) == "GRANTED") or bool(words)
    assert not consents_to(person.purposes, "mail")


def test_a_row_of_version_3_is_due_when_it_was() -> None:
    """At once only if the policy has changed meanwhile."""
    upgraded = decode_row(_VERSION_3)
    same = dataclasses.replace(BOOK, version=upgraded.policy_version)

    assert wake_of(_VERSION_3, BOOK) == wake_at(upgraded, BOOK) == upgraded.as_of
    assert wake_of(_VERSION_3, same) == wake_at(upgraded, same) == from_datetime(day(189))


def test_a_late_event_finds_an_upgraded_row_settled() -> None:
    """It is older than the row's present, and yet the policy moves the customer first."""
    life = Life(state=decode_row(_VERSION_2))
    step = life.process(event_from(order(day(50), "late", 500.0)))

    moves = [(each.from_value, each.to_value, each.cause) for each in step.transitions]
    assert moves == [
        ("prospect", "occasional", Cause.POLICY),
        ("C", "B", Cause.POLICY),
        ("hibernating", "potential_loyalist", Cause.EVENT),
        ("B", "A", Cause.EVENT),
    ]


def test_who_was_here_before_the_upgrade_is_not_taken_for_silent() -> None:
    """Met first on day 0 and last on day 16: to be tidied up two years after that."""
    life = Life(state=decode_row(_VERSION_2))
    life.wait_until(life.row.as_of)
    life.wait_until(from_datetime(day(1000)))

    assert life.fired("tidy_up") == [("tidy_up", day(746))]


_MESSAGES = [
    *orders(day(0), day(3), day(9), total=123.45),
    refund(day(10), "o1", 5.0),
    refund(day(10), "o2"),
    refund(day(11), "o9", 1.0),
    cancellation(day(11), "o8"),
    complaint(day(12), ticket_id="t-1"),
    complaint(day(13), ticket_id="t-2"),
    resolution(day(14), ticket_id="t-1"),
    review(day(15), 1),
    visit(day(16)),
]


_VERSION_1 = b64decode(
    "nAGsMzVjYTUzNGQwZjg3zwAGVixdDdAAoWPPAAZPLf0tcAAAq2hpYmVybmF0aW5nBJjPAAZIB2GeUADPAAZHUlUL"
    "8AACzV5+AgICApjPAAZHUlUL8ADPAAZIlDKB8AAMk5XPAAZHUlUL8ACibzHNMDnNAfTClc8ABkeOrpIQAKJvMs0w"
    "OcDDlc8ABkgHYZ5QAKJvM80wOcDCwJKTom84wMOTom85ZMKTk88ABkhDuyRwALtjLTIwMjYtMDEtMTNUMTI6MDA6"
    "MDArMDA6MDCjdC0xk88ABkhX2PvQALtjLTIwMjYtMDEtMTRUMTI6MDA6MDArMDA6MDCjdC0yk88ABkiAFKqQALt2"
    "LTIwMjYtMDEtMTZUMTI6MDA6MDArMDA6MDDAkZLPAAZIa/bTMACjdC0xk5KTsHNlcnZpY2VfcmVjb3ZlcnnPAAZI"
    "Q7skcAABk6d3YWtlX3VwzwAGTL5gGNAAAQCQxJCamiVtEX+KrwAHfZyugUWU8R/hvAAHfeQkVShKmC12VQAHfnTi"
    "3AVslFhB6gAHfoznJ9mtAjza3gAHfozW24PQl195pQAHfqQWn50JWq2vhAAHfqRgPT4ZYCIHigAHfrwGHTuEVrNr"
    "owAHftSUXKCf4TbcAQAHfuxmD9kuFyJXsQAHfwTND/jcHwCFQAAHfxw="
)


_VERSION_2 = b64decode(
    "nAKsMzVjYTUzNGQwZjg3zwAGVixdDdAAoWPPAAZPLf0tcAAAq2hpYmVybmF0aW5nBJjPAAZIB2GeUADPAAZHUlUL8AAC"
    "zV5+AgICApjPAAZHUlUL8ADPAAZIlDKB8AAMkwOVzwAGSAdhnlAAom8zzTA5wMLEJpXPAAZHUlUL8ACibzHNMDnNAfTC"
    "lc8ABkeOrpIQAKJvMs0wOcDDwJKTom84wMOTom85ZMKTk88ABkhDuyRwALtjLTIwMjYtMDEtMTNUMTI6MDA6MDArMDA6"
    "MDCjdC0xk88ABkhX2PvQALtjLTIwMjYtMDEtMTRUMTI6MDA6MDArMDA6MDCjdC0yk88ABkiAFKqQALt2LTIwMjYtMDEt"
    "MTZUMTI6MDA6MDArMDA6MDDAkZLPAAZIa/bTMACjdC0xk5KTsHNlcnZpY2VfcmVjb3ZlcnnPAAZIQ7skcAABk6d3YWtl"
    "X3VwzwAGTL5gGNAAAQCQxJCamiVtEX+KrwAHfZyugUWU8R/hvAAHfeQkVShKmC12VQAHfnTi3AVslFhB6gAHfoznJ9mt"
    "Ajza3gAHfozW24PQl195pQAHfqQWn50JWq2vhAAHfqRgPT4ZYCIHigAHfrwGHTuEVrNrowAHftSUXKCf4TbcAQAHfuxm"
    "D9kuFyJXsQAHfwTND/jcHwCFQAAHfxw="
)


_VERSION_3 = b64decode(
    "3AARA6xlYTJkZjFjOTUzMDnPAAZWLF0N0AChY88ABk8t/S1wAACraGliZXJuYXRpbmcKmM8ABkgHYZ5QAM8ABkdSVQvwAA"
    "LNXn4CAgIC3AARzwAGR1JVC/AAzwAGSJQygfAADJMDls8ABkgHYZ5QAKJvM80wOcDCAMQols8ABkdSVQvwAKJvMc0wOc0B"
    "9MIAls8ABkeOrpIQAKJvMs0wOcDDAMCSk6JvOMDDk6JvOWTCk5TPAAZIQ7skcAC7Yy0yMDI2LTAxLTEzVDEyOjAwOjAwKz"
    "AwOjAwo3QtMQCUzwAGSFfY+9AAu2MtMjAyNi0wMS0xNFQxMjowMDowMCswMDowMKN0LTIAlM8ABkiAFKqQALt2LTIwMjYt"
    "MDEtMTZUMTI6MDA6MDArMDA6MDDAAZGTzwAGSGv20zAAo3QtMcLPAAZIlDKB8ACQAc8ABkiUMoHwAMR4gAZHUlUL8AAEAI"
    "AGR46ukhAABACABkgHYZ5QAAQAgAZIG391sAAFAIAGSBt/dbAABQCABkgvnU0QAAUAgAZIL51NEAAGAIAGSEO7JHAAFQCA"
    "BkhX2PvQABUAgAZIa/bTMAAWAIAGSIAUqpAABwCABkiUMoHwAAAAkZQAzwAGR1JVC/AAzwAGSJQygfAADMQNgAZIlDKB8A"
    "ABzn9BvMQAlsCQwpCQwJaUk6pjcm9zc19zZWxszwAGR46ukhAAAZOvb2NjYXNpb25hbF9wdXNozwAGSBt/dbAAAZOwc2Vy"
    "dmljZV9yZWNvdmVyec8ABkhDuyRwAAGTp3dha2VfdXDPAAZMvmAY0AABAZGTr29jY2FzaW9uYWxfcHVzaM8ABkfpNNtAAK"
    "NjYXCQk88ABkeOrpIQAM8ABkgbf3WwAM8ABky+YBjQAJGSzwAGSEO7JHAAxAjDh10e97BX58SQmpolbRF/iq8AB32croFF"
    "lPEf4bwAB33kJFUoSpgtdlUAB3504twFbJRYQeoAB36M5yfZrQI82t4AB36M1tuD0JdfeaUAB36kFp+dCVqtr4QAB36kYD"
    "0+GWAiB4oAB368Bh07hFaza6MAB37UlFygn+E23AEAB37sZg/ZLhciV7EAB38EzQ/43B8AhUAAB38cqm9jY2FzaW9uYWyh"
    "QqRjYWxtzwAGR46ukhAAlMOQwJA="
)


_VERSION_4 = b64decode(
    "3AARBKwyYmExNzYzN2VlMDXPAAZWLF0N0AChY88ABk8t/S1wAACraGliZXJuYXRpbmcKmM8ABkgHYZ5QAM8ABkdSVQvwAALN"
    "Xn4CAgIC3AARzwAGR1JVC/AAzwAGSJQygfAADJMDls8ABkgHYZ5QAKJvM80wOcDCAMQols8ABkdSVQvwAKJvMc0wOc0B9MIA"
    "ls8ABkeOrpIQAKJvMs0wOcDDAMCSk6JvOMDDk6JvOWTCk5TPAAZIQ7skcAC7Yy0yMDI2LTAxLTEzVDEyOjAwOjAwKzAwOjAw"
    "o3QtMQCUzwAGSFfY+9AAu2MtMjAyNi0wMS0xNFQxMjowMDowMCswMDowMKN0LTIAlM8ABkiAFKqQALt2LTIwMjYtMDEtMTZU"
    "MTI6MDA6MDArMDA6MDDAAZGTzwAGSGv20zAAo3QtMcLPAAZIlDKB8ACQAc8ABkiUMoHwAMR4gAZHUlUL8AAEAIAGR46ukhAA"
    "BACABkgHYZ5QAAQAgAZIG391sAAFAIAGSBt/dbAABQCABkgvnU0QAAUAgAZIL51NEAAGAIAGSEO7JHAAFQCABkhX2PvQABUA"
    "gAZIa/bTMAAWAIAGSIAUqpAABwCABkiUMoHwAAAAxBUAAAZHUlUL8AAABkiUMoHwAAAAAAzEDYAGSJQygfAAAc5/QbzEAMDE"
    "tZaUk6pjcm9zc19zZWxszwAGR46ukhAAAZOwc2VydmljZV9yZWNvdmVyec8ABkhDuyRwAAGTr29jY2FzaW9uYWxfcHVzaM8A"
    "Bkrbk+fQAAGTp3dha2VfdXDPAAZMvmAY0AABAZGTr29jY2FzaW9uYWxfcHVzaM8ABkkW9HngAKRjYXJlkJPPAAZHjq6SEADP"
    "AAZK25Pn0ADPAAZMvmAY0ACRks8ABkhDuyRwAMQIw4ddHvewV+fEkJqaJW0Rf4qvAAd9nK6BRZTxH+G8AAd95CRVKEqYLXZV"
    "AAd+dOLcBWyUWEHqAAd+jOcn2a0CPNreAAd+jNbbg9CXX3mlAAd+pBafnQlara+EAAd+pGA9PhlgIgeKAAd+vAYdO4RWs2uj"
    "AAd+1JRcoJ/hNtwBAAd+7GYP2S4XIlexAAd/BM0P+NwfAIVAAAd/HKpvY2Nhc2lvbmFsoUKkY2Fsbc8ABkeOrpIQAMM="
)
