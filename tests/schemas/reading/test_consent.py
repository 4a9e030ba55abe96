"""Consent is read in every common form, and what can't be read neither grants nor denies."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.reading import read_message
from schemas.messages.record_headers import is_quiet
from schemas.messages.traits import KeptNames
from schemas.messages.yes_no import status_of
from tests.oracle.person import NO, YES, agrees
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import NOW, RECEIVED, both, order
from topology.domain.history.consent import STATUSES, consents_to, with_consent
from topology.domain.history.event import Event

YESES = [
    *(True, 1, 1.0, "1", "yes", " Yes ", "Y", "true", "TRUE", " Granted ", "opted_in", "Opted-In"),
    *("opt in", "subscribed", "SUBSCRIBED", "double_opt_in", "accepted", "on", "ja", "\tyes\n"),
]
NOES = [
    *(False, 0, "0", "no", " NO ", "n", "false", "Denied", "opted_out", "OPT-OUT", "off", "nein"),
    *("unsubscribed", "Never Subscribed", "not_subscribed", "declined", "not granted"),
]
TAKEN_BACK = ["revoked", "REVOKED", "withdrawn", " Withdrawn ", "expired"]
NEITHER: list[Any] = [
    *("{{ subscribed }}", "%granted%", "<yes>", "no?"),
    *("pending", "maybe", "unknown", "None", "undefined", "-1", "1.", "01", 2, -1, 0.5, "?", "{}"),
    *(
        [],
        ["email"],
        [True],
        ["granted", "email"],
        float("nan"),
        10**30,
        "yes, please",
        "half \ud83d",
    ),
]
NOTHING: list[Any] = [None, "", "  ", {}, {"email": None}, {"email": ""}, {"status": " "}]


def identify(consent: Any, **more: Any) -> dict[str, Any]:
    return order(type="identify", traits={"consent": consent, "city": "Wien"} | more)


def words(consent: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is known of each purpose after a message, and what was ignored."""
    event, ignored = both(identify(consent))
    assert isinstance(event, Event), event
    traits = getattr(event.message, "traits", {})
    assert traits["city"] == "Wien"
    found = with_consent((), traits, NOW, frozenset())
    return {each.purpose: STATUSES[each.status] for each in found}, ignored


@pytest.mark.parametrize(
    ("consent", "status"),
    [
        *((consent, "GRANTED") for consent in YESES),
        *((consent, "DENIED") for consent in NOES),
        *((consent, "REVOKED") for consent in TAKEN_BACK),
    ],
)
def test_a_common_form_of_yes_and_no_is_read(consent: Any, status: str) -> None:
    assert words(consent) == ({"all": status}, ())
    assert words({"email": consent}) == ({"email": status}, ())
    for name in ("status", "state", "value", "Consent"):
        assert words({name: consent}) == ({"all": status}, ())
        assert words({"email": {name: consent, "source": "till"}}) == ({"email": status}, ())
    assert words({"channels": {" Email ": consent}}) == ({"email": status}, ())


@pytest.mark.parametrize("consent", NEITHER)
def test_what_is_neither_says_nothing_and_is_named(consent: Any) -> None:
    """What was known stays: a grant as well as a denial."""
    assert words(consent) == ({}, ("traits.consent",))
    assert words({"email": consent}) == ({}, ("traits.consent.email",))
    assert words({"email": consent, "sms": "no"}) == (
        {"sms": "DENIED"},
        ("traits.consent.email",),
    )
    assert words({"status": consent}) == ({}, ("traits.consent.status",))
    for known in ("GRANTED", "DENIED"):
        before = with_consent((), {"consent": known}, NOW, frozenset())
        event, _ = both(identify(consent))
        assert isinstance(event, Event)
        traits = getattr(event.message, "traits", {})
        assert with_consent(before, traits, NOW + 1, frozenset()) == before


@pytest.mark.parametrize("consent", NOTHING)
def test_null_and_an_empty_text_say_nothing(consent: Any) -> None:
    assert words(consent) == ({}, ())


@pytest.mark.parametrize(
    ("consent", "known", "ignored"),
    [
        ({"granted": True}, {"all": "GRANTED"}, ()),
        ({"granted": False}, {"all": "DENIED"}, ()),
        ({"opted_out": True}, {"all": "DENIED"}, ()),
        ({"withdrawn": "yes"}, {"all": "REVOKED"}, ()),
        ({"opted_out": False}, {}, ("opted_out",)),
        ({"status": "granted", "email": False}, {"all": "GRANTED", "email": "DENIED"}, ()),
        ({"status": "granted", "email": True}, {"all": "GRANTED"}, ()),
        ({"status": "pending", "optin": True, "email": True}, {}, ("email", "optin", "status")),
        ({"opted_out": False, "granted": True}, {"all": "GRANTED"}, ("opted_out",)),
        ({"status": "no", "updated_at": "2026-01-01"}, {"all": "DENIED"}, ("updated_at",)),
        ({"status": "yes", "state": "unsubscribed"}, {"all": "DENIED"}, ()),
        ({"Email": "yes", "email ": "no"}, {"email": "DENIED"}, ()),
        ({"ALL": "no", "email": 1}, {"all": "DENIED", "email": "GRANTED"}, ()),
        ({"purposes": {"everything": "no"}, "sms": 1}, {"all": "DENIED", "sms": "GRANTED"}, ()),
        ({"marketing": {"email": True}}, {}, ("marketing",)),
        ({"": True, "x" * 65: True, "sms": True}, {"sms": "GRANTED"}, ("", "x" * 65)),
    ],
)
def test_an_object_says_it_for_all_or_by_purpose(
    consent: Any, known: dict[str, str], ignored: tuple[str, ...]
) -> None:
    found, passed_over = words(consent)
    assert found == known
    assert set(passed_over) == {f"traits.consent.{name}" for name in ignored}


def test_of_too_many_purposes_the_ones_that_go_are_named() -> None:
    consent = {f"p{number:02}": True for number in range(25)}
    found, ignored = words(consent)
    assert sorted(found) == [f"p{number:02}" for number in range(5, 25)]
    assert ignored == tuple(f"traits.consent.p{number:02}" for number in range(5))
    kept = KeptNames(purposes=frozenset({"p00"}))
    assert "p00" in read_message(identify(consent), RECEIVED, kept).message.traits["consent"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("place", ["consent", "context.consent"])
def test_consent_of_another_place_is_not_read_and_named(place: str) -> None:
    """In `context.consent` browsers write what they know of cookies."""
    consent = {"categoryPreferences": {"Advertising": True}}
    more: Any = {"consent": consent} if place == "consent" else {"context": {"consent": consent}}
    event, ignored = both(order(type="identify", traits={"city": "Wien"}) | more)
    assert isinstance(event, Event)
    assert ignored == (place,)
    assert both(order() | more)[1] == ()


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([*YES, *NO, "pending", "", "maybe", float("nan"), "\ud83d"])
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["status", "email", "granted", "opted_out", "channels", "all", "E"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


def leaves(consent: Any) -> list[Any]:
    if isinstance(consent, dict):
        return [leaf for name, each in consent.items() for leaf in (name, *leaves(each))]
    return (
        [leaf for each in consent for leaf in leaves(each)]
        if isinstance(consent, list)
        else [consent]
    )


@fuzzed
@given(json)
def test_nobody_agrees_or_refuses_without_a_word(consent: Any) -> None:
    found, ignored = words(consent)
    spoken = {status_of(leaf) for leaf in leaves(consent)} - {None}
    yes = "GRANTED" in found.values()
    assert not yes or "GRANTED" in spoken
    assert not set(found.values()) & {"DENIED", "REVOKED"} or spoken & {"DENIED", "REVOKED"}
    assert (
        found
        or ignored
        or all(leaf is None or not str(leaf).strip() for leaf in leaves(consent))
        or isinstance(consent, dict)
    )
    again = read_message(read_message(identify(consent), RECEIVED).content, RECEIVED)
    assert again.ignored == ()


@fuzzed
@given(st.sampled_from([*YES, *NO, "maybe"]), st.sampled_from([str.upper, str.title, str.lower]))
def test_words_are_read_as_by_the_oracle(word: str, cased: Any) -> None:
    consent = f" {cased(word)}\n".replace("_", " ")
    status = status_of(consent)
    assert (None if status is None else status == "GRANTED") is agrees(word)


def test_a_purpose_is_compared_without_case() -> None:
    event, _ = both(identify({"Marketing": "YES"}))
    assert isinstance(event, Event)
    known = with_consent((), getattr(event.message, "traits", {}), NOW, frozenset())
    assert consents_to(known, "marketing")


@pytest.mark.parametrize(
    ("value", "quiet"),
    [
        (b"true", True),
        (b"1", True),
        (b"", True),
        (None, True),
        (b"\xff", True),
        (b"whatever", True),
        (b"false", False),
        (b" False ", False),
        (b"0", False),
        (b"no", False),
        (b"off", False),
    ],
)
def test_the_header_quiet_is_read_by_the_same_table(value: bytes | None, *, quiet: bool) -> None:
    assert is_quiet([("quiet", value)]) is quiet
