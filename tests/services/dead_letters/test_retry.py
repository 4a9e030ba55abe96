"""What becomes of a dead letter that is retried, without any Kafka."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas import policy, topics
from schemas.erasure import Erasure, ErasureStatus
from schemas.messages.catalogue import TOPIC_OF_EVENT
from services.dead_letters.dead_letter import datetime_of_ms
from services.dead_letters.erased import NOBODY_ERASED, ErasedLetters, erased_letters
from services.dead_letters.retry import Fate, RetryContext, decide_retry
from services.platform.access.scope import KeyKind, Scope
from services.platform.erasure_salt import SaltNeededError
from tests.services.dead_letters.letters import AT_MS, letter
from tests.services.ingest.messages import order
from tests.services.platform.access.keys import made
from topology.agents.decode import EventDecoder
from topology.domain.policy.compile import compile_policy
from topology.domain.rows.erased import fingerprint_of, tombstone_of

RATE = {"currency": "GBP", "from": "2026-01-01", "rate": 1.15}
NOW = datetime_of_ms(AT_MS) + timedelta(days=3)
SALT = b"a salt that nobody guesses"


def retry_context(
    *, rate: bool = True, erased: ErasedLetters = NOBODY_ERASED, may_unsuppress: bool = False
) -> RetryContext:
    given = policy.load_default_policy().model_dump(mode="json", by_alias=True)
    chosen = policy.Policy.model_validate({**given, "exchange": [RATE] if rate else []})
    events = EventDecoder(compile_policy(chosen).exchange)
    return RetryContext(events, TOPIC_OF_EVENT, 32_768, erased, NOW, may_unsuppress)


def in_pounds(**more: Any) -> dict[str, Any]:
    pounds = {"order_id": "o-1", "total": 10, "currency": "GBP"}
    return order(1, **{"timestamp": "2026-08-01T10:00:00Z", "properties": pounds, **more})


def test_an_order_goes_again_as_received_once_there_is_a_rate() -> None:
    value = json.dumps(in_pounds(), indent=3).encode()
    found = decide_retry(letter(value, key=b"as received", quiet="true"), retry_context())
    assert found.fate is Fate.RETRIED
    assert found.record == (
        topics.SHOP_EVENTS,
        b"as received",
        value,
        (
            ("quiet", b"true"),
            ("retry-of", b"shop.events.v1-5-42"),
            ("received-at", b"%d" % AT_MS),
        ),
    )


def test_what_would_only_be_refused_again_is_reported() -> None:
    found = decide_retry(letter(in_pounds()), retry_context(rate=False))
    assert (found.fate, found.reason, found.record) == (Fate.REFUSED, "no_exchange_rate", None)
    assert "the policy has no rate of GBP for 2026-08-01" in found.detail


@pytest.mark.parametrize(
    ("made", "fate"),
    [
        (letter(b"{}", source=topics.CLOCK), Fate.INTERNAL),
        (letter(b"{}", source=topics.JOINS), Fate.INTERNAL),
        (letter(b"{}", source="/v2/other"), Fate.INTERNAL),
        (letter(in_pounds(), cut_to="65536"), Fate.CUT),
        (letter(in_pounds(), key_cut_to="1024"), Fate.CUT),
        (letter(b"no json", source="/v1/batch"), Fate.REFUSED),
        (letter({"type": "track", "event": "Lunch"}, source="/v1/track"), Fate.IGNORED),
        (letter({"type": "track", "event": "Lunch"}, source="/v1/events/shop"), Fate.REFUSED),
    ],
)
def test_the_other_fates(made: Any, fate: Fate) -> None:
    found = decide_retry(made, retry_context())
    assert found.fate is fate
    assert found.record is None
    assert found.detail


def test_what_came_over_http_goes_through_its_endpoint_again_as_of_when_it_came() -> None:
    """Its id follows from the dead letter, its time from when it came, and from its batch."""
    message = in_pounds(timestamp="2026-08-01T10:00:00Z")
    del message["messageId"]
    sent_at = datetime_of_ms(AT_MS) + timedelta(hours=2)
    made = letter(
        message,
        source="/v1/batch",
        key=None,
        received_at=str(AT_MS),
        sent_at=sent_at.isoformat(),
        context='{"channel": "store"}',
    )
    found = decide_retry(made, retry_context())
    assert found.record is not None
    topic, key, value, headers = found.record
    properties = json.loads(value)
    assert (topic, key) == (topics.SHOP_EVENTS, b"c-1")
    assert properties["messageId"] == "journey.dead-letters.v1-3-17"
    assert properties["timestamp"] == "2026-08-01T08:00:00+00:00", "its clock was two hours ahead"
    assert properties["receivedAt"] == datetime_of_ms(AT_MS).isoformat()
    assert properties["context"] == {"channel": "store"}
    assert headers == (
        ("retry-of", b"journey.dead-letters.v1-3-17"),
        ("received-at", b"%d" % AT_MS),
    )


@pytest.mark.parametrize("source", [topics.SHOP_EVENTS, "/v1/track"])
def test_a_time_that_was_ahead_can_be_true_by_now(source: str) -> None:
    ahead = (datetime_of_ms(AT_MS) + timedelta(days=2)).isoformat()
    made = letter(in_pounds(timestamp=ahead), source=source, reason="time_in_future")
    assert decide_retry(made, retry_context()).fate is Fate.RETRIED


def erasure(name: str, at: datetime, salt: bytes = SALT) -> dict[str, bytes]:
    properties = Erasure(
        erasure_id="era_1",
        status=ErasureStatus.DONE,
        requested_at=at,
        erased_at=at,
        marks=(tombstone_of(salt, name.encode()).hex(),),
        salt=fingerprint_of(salt).hex(),
    )
    return {"era_1": properties.model_dump_json().encode(), "odd": b"no json"}


@pytest.mark.parametrize("source", [topics.SHOP_EVENTS, "/v1/track"])
@pytest.mark.parametrize(("after", "gone"), [(1, True), (-1, False)])
@pytest.mark.parametrize("name", ["c-1", "a-1"])
def test_who_was_erased_after_it_had_come_is_not_brought_back(
    source: str, after: int, name: str, *, gone: bool
) -> None:
    at = datetime_of_ms(AT_MS) + timedelta(seconds=after)
    erased = erased_letters(SALT, erasure(name, at))
    made = letter(in_pounds(anonymousId="a-1"), source=source, key=None)
    assert erased.has(made) is gone
    assert (decide_retry(made, retry_context(erased=erased)).fate is Fate.ERASED) is gone


def test_without_the_salt_nobody_is_tried_again() -> None:
    erasure_record = erasure("c-1", datetime(2026, 1, 1, tzinfo=UTC))
    for salt in (None, b"another salt, as long"):
        with pytest.raises(SaltNeededError):
            erased_letters(salt, erasure_record)
    assert not erased_letters(None, {}).has(letter(in_pounds()))


def test_only_an_admin_key_may_have_the_scope() -> None:
    assert not made(KeyKind.READ)[0].allows(Scope.DEAD_LETTERS)
    assert not made(KeyKind.WRITE)[0].allows(Scope.DEAD_LETTERS)
    key, _ = made(KeyKind.ADMIN, Scope.DEAD_LETTERS)
    assert key.allows(Scope.DEAD_LETTERS)
    assert not key.allows(Scope.STATE)
