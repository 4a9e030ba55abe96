"""Ids that are nobody's join nobody, and addresses are one name, both ways."""

from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.reading import as_name, read_message
from schemas.messages.reading.placeholder_ids import PLACEHOLDERS
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import both, order, over_kafka, refused, taken
from topology.domain.history.claims import claims_of
from topology.domain.history.event import Event

NOBODYS: list[Any] = [
    *("undefined", "UNDEFINED", " Undefined ", "null", "None", "nil", "NaN", "[object Object]"),
    *("anonymous", "Guest", "unknown", "N/A", "true", "False", "-", "0", "000", "-1", 0, -1, 0.0),
    *("{{ customer.id }}", "shop-{{customer.id}}", "<user_id>", "${userId}", "%USER_ID%", "[[id]]"),
    *(
        "{user_id}",
        "*|EMAIL|*",
        "<%= user.id %>",
        "{% id %}",
        "#{user.id}",
        "%%id%%",
        "{!Contact.Id}",
    ),
    *("${user.id}@shop.example", "[object Promise]", "$user_id", "%s", "{0}", "#REF!", "\\N"),
    *("   ", "\t", "???", "...", "---", "~", "\u2014", "\u200b", "\x07", "Gast", "[deleted]"),
    *("keine", "k.A.", "k. A.", "Keine Angabe", "Gastkunde", "null null", "undefined undefined"),
    *("None None", "null, null", "NULL  NULL null", "undefined_undefined", "null.null", "- -"),
    *("noreply@shop.example", "No-Reply@shop.example", "do_not_reply@shop.example"),
    *("test@test.com", "undefined@shop.example", "none@none.de", "noemail@shop.example"),
    *("x:null", "instagram:@undefined", "FFFFFFFF-ffff-ffff-ffff-ffffffffffff"),
    *("00000000-0000-0000-0000-000000000000", True, {}, [], {"id": "c"}, float("nan")),
]
SHORT = ["c-1", "1", 1, "00001", "nullius", "undefined-7", "Zoë", "anon-7", "none of yours"]
SOMEBODYS = [
    *("{550e8400-e29b-41d4-a716-446655440000}", "{42}", "<42>", "[7]", "%C3%BC", "50%", "a{b}c"),
    *("test", "admin", "-2", "-.-", "00-1", "$david", "\U0001f642", "nobodys"),
    *(
        "0x0",
        "c:null",
        "__init__",
        "Anna Anna",
        "Na Na",
        "null Meyer",
        "keines",
        "Angabe",
        "anna_anna",
    ),
    *SHORT,
]
ADDRESSES = [
    *(
        "<a@b.c>",
        "test@example.com",
        "anna@example.com",
        "reply@shop.example",
        "guest@shop.example",
    ),
    *("null-1@shop.example", "testa@test.com", "noreply@", "noreply-7@shop.example"),
]
SOMEBODY = st.sampled_from(SOMEBODYS)


@pytest.mark.parametrize("nobody", NOBODYS)
def test_an_id_that_is_nobodys_is_passed_over_beside_another_name(nobody: Any) -> None:
    for user, anonymous, profile in ((nobody, "a-1", "a-1"), ("c-1", nobody, "c-1")):
        event, ignored = both(order(userId=user, anonymousId=anonymous))
        assert isinstance(event, Event)
        assert (event.profile, claims_of(event.message)) == (profile, ())
        assert ignored == (("userId",) if user is nobody else ("anonymousId",))


@pytest.mark.parametrize("nobody", NOBODYS)
def test_an_id_that_is_nobodys_makes_no_customer(nobody: Any) -> None:
    for names in ({"userId": nobody}, {"userId": ..., "anonymousId": nobody}):
        found = refused(order(**names))
        assert found.reason == "no_profile"
        assert "Id is an id that is nobody's" in found.detail
    assert refused(order(userId=nobody, anonymousId=nobody)).reason == "no_profile"
    alias = {"type": "alias", "userId": "c-1", "previousId": nobody, "event": ...}
    assert refused(order(**alias)).reason == "no_profile"
    assert refused(order(**alias | {"userId": nobody, "previousId": "p"})).reason == "no_profile"
    assert refused(order(**alias | {"userId": nobody, "anonymousId": "p"})).reason == "no_profile"


@pytest.mark.parametrize("nobody", ["", None, "undefined", "NULL"])
def test_a_handle_that_is_nobodys_names_nobody(nobody: Any) -> None:
    mention = {"event": "Social Mentioned", "properties": {"network": "x", "handle": nobody}}
    assert refused(order(userId=...) | mention).reason == "no_profile"
    assert taken(order() | mention).profile == "c-1"


@pytest.mark.parametrize("somebody", SOMEBODYS)
def test_any_other_id_is_compared_as_it_was_sent(somebody: Any) -> None:
    assert taken(order(userId=somebody)).profile == str(somebody)
    assert taken(order(userId=f" {somebody}X")).profile == f" {somebody}X"


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_may_be_somebodys_is_a_name(address: str) -> None:
    assert taken(order(userId=address)).profile == address


@pytest.mark.parametrize("nobody", ["undefined", "", None, {}, True, 0])
def test_an_alias_without_a_previous_id_means_its_anonymous_one(nobody: Any) -> None:
    event = taken(order(type="alias", event=..., previousId=nobody, anonymousId="a-1"))
    assert [tuple(each) for each in claims_of(event.message)] == [("a-1", True)]


@pytest.mark.parametrize("nobody", ["undefined", "", 0, "Anonymous", {}, None])
def test_an_external_id_that_is_nobodys_joins_nobody(nobody: Any) -> None:
    external = [{"id": nobody, "type": "instagram"}, {"id": "h", "type": "instagram"}]
    event, ignored = both(order(type="identify", context={"externalIds": external}))
    assert isinstance(event, Event)
    assert [each.name for each in claims_of(event.message)] == ["instagram:h"]
    assert ignored == ("context.externalIds",)


@pytest.mark.parametrize("name", ["externalId", "externalIds"])
@pytest.mark.parametrize("kind", ["loyalty", "Loyalty Card", "card_number"])
def test_the_number_of_a_card_is_a_name_of_the_customer(name: str, kind: str) -> None:
    event = taken(order(context={name: [{"id": "card-7", "type": kind}]}))
    assert [each.name for each in claims_of(event.message)] == ["loyalty:card-7"]


@pytest.mark.parametrize(
    "address",
    ["anna@example.com", "Anna@Example.COM", "  anna@example.com ", "ANNA@EXAMPLE.COM\n"],
)
def test_an_address_is_one_name_however_it_is_written(address: str) -> None:
    assert taken(order(userId=address)).profile == "anna@example.com"
    assert taken(order(userId=..., anonymousId=address)).profile == "anna@example.com"
    event = taken(order(type="alias", event=..., previousId=address))
    assert [each.name for each in claims_of(event.message)] == ["anna@example.com"]


def test_an_address_is_compared_in_nfc() -> None:
    composed, taken_apart = normalize("NFC", "Zoë@Example.com"), normalize("NFD", "Zoë@Example.com")
    assert composed != taken_apart
    assert taken(order(userId=composed)).profile == taken(order(userId=taken_apart)).profile


@pytest.mark.parametrize("written", ["@Anna", "Anna@Home", "Anna @ example.com", "Zoe\u0308", "AB"])
def test_what_is_no_address_stays_as_it_was_sent(written: str) -> None:
    assert taken(order(userId=written)).profile == written


@fuzzed
@given(st.text(max_size=20) | st.emails())
def test_a_name_is_written_once(written: str) -> None:
    assert as_name(as_name(written)) == as_name(written)


@fuzzed
@given(
    st.text(st.characters(max_codepoint=127, exclude_characters="\0"), min_size=1, max_size=12)
    | st.text(st.sampled_from("xX:@{}$<>-_.0 \u200b\u00adZ"), min_size=1, max_size=8)
    | st.emails()
    | st.sampled_from(SOMEBODYS)
)
def test_the_quick_look_sees_all_that_a_reading_changes(written: Any) -> None:
    text = str(written)
    found, _ = over_kafka(order(userId=text, anonymousId="a-1"))
    assert isinstance(found, Event)
    assert (
        found.profile == read_message(order(userId=text, anonymousId="a-1"), None).message.profile
    )


def test_the_list_is_in_small_letters() -> None:
    assert {name.strip().lower() for name in PLACEHOLDERS} == PLACEHOLDERS
