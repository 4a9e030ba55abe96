"""Only a shop that knows the secret is believed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connect.connectors import CONNECTORS
from services.connect.mapped import Outcome
from services.connect.sources import new_source, rotated
from tests.services.connect.shop import SIGNATURE, signature, signed

BODY = b'{"id": 1}'
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KINDS = pytest.mark.parametrize("kind", CONNECTORS)


@KINDS
def test_the_signature_of_the_body_and_the_secret_is_accepted(kind: str) -> None:
    """Blanks around it do not matter."""
    verify = CONNECTORS[kind].verify
    headers = signed(kind, "any", BODY)
    assert verify(headers, BODY, ["shh-1"]) is None
    headers[SIGNATURE[kind]] = f" {headers[SIGNATURE[kind]]} "
    assert verify(headers, BODY, ["shh-1"]) is None


@KINDS
@pytest.mark.parametrize(
    "presented",
    [
        "",
        "=",
        signature(BODY, "another"),
        signature(BODY + b" "),
        signature(BODY).rstrip("="),
        signature(BODY).lower(),
        "ümläut",
        "\ud800",
    ],
)
def test_any_other_signature_is_refused(kind: str, presented: str) -> None:
    found = CONNECTORS[kind].verify({SIGNATURE[kind]: presented}, BODY, ["shh-1"])
    assert found is Outcome.WRONG_SIGNATURE


@KINDS
def test_without_a_signature_or_a_secret_nothing_is_accepted(kind: str) -> None:
    verify = CONNECTORS[kind].verify
    assert verify({}, BODY, ["shh-1"]) is Outcome.UNSIGNED
    assert verify(signed(kind, "any", BODY), BODY, []) is Outcome.WRONG_SIGNATURE


@KINDS
def test_of_two_secrets_each_is_accepted_until_the_old_one_ends(kind: str) -> None:
    verify = CONNECTORS[kind].verify
    source = rotated(new_source(kind, "main", "old", NOW), "new", NOW, timedelta(hours=24))
    for secret, later, accepted in (
        ("new", timedelta(0), True),
        ("old", timedelta(0), True),
        ("old", timedelta(hours=24) - timedelta(microseconds=1), True),
        ("old", timedelta(hours=24), False),
        ("new", timedelta(days=400), True),
    ):
        fault = verify(signed(kind, "any", BODY, secret), BODY, source.secrets_at(NOW + later))
        assert (fault is None) == accepted, (secret, later)


def test_a_secret_that_is_exchanged_twice_ends_at_once() -> None:
    """Only the one before is accepted beside the newest."""
    source = new_source("shopify", "main", "a", NOW)
    for secret in ("b", "c"):
        source = rotated(source, secret, NOW, timedelta(hours=24))
    assert source.secrets_at(NOW) == ["c", "b"]
    assert rotated(source, "d", NOW, timedelta(0)).secrets_at(NOW) == ["d"]


def test_no_secret_is_in_what_is_shown_of_a_source() -> None:
    assert "shh-1" not in repr(new_source("shopify", "main", "shh-1", NOW))


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"webhook_id=17", Outcome.PING),
        (b"webhook_id=17\n", Outcome.PING),
        (b"webhook_id=", Outcome.UNSIGNED),
        (b"webhook_id=1&more=2", Outcome.UNSIGNED),
        (BODY, Outcome.UNSIGNED),
    ],
)
def test_only_the_ping_of_woocommerce_needs_no_signature(body: bytes, outcome: Outcome) -> None:
    assert CONNECTORS["woocommerce"].verify({}, body, ["shh-1"]) is outcome
    assert CONNECTORS["shopify"].verify({}, body, ["shh-1"]) is Outcome.UNSIGNED


def test_a_ping_with_a_wrong_signature_is_none() -> None:
    headers = {SIGNATURE["woocommerce"]: "wrong"}
    found = CONNECTORS["woocommerce"].verify(headers, b"webhook_id=17", ["shh-1"])
    assert found is Outcome.WRONG_SIGNATURE


@KINDS
@given(data=st.data())
def test_whatever_is_presented_is_refused_and_nothing_else_happens(
    kind: str, data: st.DataObject
) -> None:
    presented, body = data.draw(st.text()), data.draw(st.binary())
    secrets = data.draw(st.lists(st.text(min_size=1, alphabet=st.characters(codec="utf-8"))))
    assert CONNECTORS[kind].verify({SIGNATURE[kind]: presented}, body, secrets) is not None
