"""A handle is one name however it is written, and an invisible sign makes no other customer."""

from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.reading import as_name
from schemas.messages.reading.handles import as_handle
from schemas.messages.reading.placeholder_ids import without_invisible
from schemas.messages.social import Network
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.doors import both, order, refused, taken
from topology.domain.history.claims import claims_of
from topology.domain.history.event import Event


def mention(network: Any, handle: Any, **more: Any) -> dict[str, Any]:
    return order(
        event="Social Mentioned",
        **{"userId": ...} | more,
        properties={"network": network, "handle": handle, "sentiment": 0.1},
    )


SPELLINGS = [
    ("x", "name", ["@name", "Name", "NAME", " @name ", "x.com/name", "HTTPS://X.com/Name?s=20"]),
    (
        "x",
        "name",
        ["https://twitter.com/name", "https://mobile.twitter.com/@name/", "//x.com/name"],
    ),
    ("instagram", "name", ["https://www.instagram.com/name/", "instagram.com/Name/?hl=de#me"]),
    ("facebook", "name", ["https://m.facebook.com/Name", "fb.com/name/"]),
    ("facebook", "100012", ["https://www.facebook.com/profile.php?id=100012&sk=about"]),
    ("linkedin", "anna-m", ["https://de.linkedin.com/in/anna-m/", "www.linkedin.com/in/Anna-M"]),
    ("linkedin", "company/acme", ["https://www.linkedin.com/company/acme/"]),
    ("xing", "anna_m", ["https://www.xing.com/profile/Anna_M/"]),
    ("youtube", "name", ["https://www.youtube.com/@Name", "@NAME"]),
    ("tiktok", "name", ["https://www.tiktok.com/@name?lang=de"]),
    ("snapchat", "name", ["https://www.snapchat.com/add/name"]),
    ("pinterest", "name", ["https://www.pinterest.de/name/"]),
    ("clubhouse", "name", ["https://www.clubhouse.com/@name"]),
    (
        "whatsapp",
        "491701234567",
        ["+49 170 1234567", "0049 (170) 123-4567", "https://wa.me/491701234567"],
    ),
    ("whatsapp", "491701234567", ["https://api.whatsapp.com/send?phone=491701234567&text=hi"]),
    ("linkedin", "j\u00fcrgen", ["https://www.linkedin.com/in/j%C3%BCrgen/", "Ju\u0308rgen"]),
    ("x", "name", ["na\u200bme", "\ufeffname", "na\u00adme", "\u202aname\u202c", "n\u2060ame"]),
    ("other", "Name", ["@Name", " Name "]),
]


@pytest.mark.parametrize(
    ("network", "name", "said"),
    [(network, name, said) for network, name, spelled in SPELLINGS for said in spelled],
)
def test_a_handle_is_one_name_however_it_is_written(network: str, name: str, said: str) -> None:
    profile = f"{network}:{name}"
    assert taken(mention(network, said)).profile == profile
    external = {"externalIds": [{"id": said, "type": network}]}
    event = taken(order(type="identify", context=external))
    assert [each.name for each in claims_of(event.message)] == [profile]
    alias = taken(order(type="alias", event=..., previousId=f"{network}:{said}"))
    assert [each.name for each in claims_of(alias.message)] == [profile]
    assert as_name(f"{network}:{said}") == profile, "the paths of the API find it"


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("x", "https://www.instagram.com/name"),
        ("other", "https://social.example/@Name"),
        ("x", "https://notx.com/name"),
        ("instagram", "user.name"),
        ("x", "x.com"),
    ],
)
def test_what_is_no_address_of_the_network_stays(network: str, said: str) -> None:
    assert taken(mention(network, said)).profile == f"{network}:{said}"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "@",
        " @ ",
        "\u200b",
        "https://x.com/",
        "https://x.com",
        "@null",
        "{{ handle }}",
        "@{{h}}",
    ],
)
def test_a_handle_that_is_nobodys_names_nobody(said: str) -> None:
    assert refused(mention("x", said)).reason == "no_profile"
    assert taken(mention("x", said, userId="c-1")).profile == "c-1"


def test_short_words_are_no_networks() -> None:
    external = {"externalIds": [{"id": "1234", "type": "pin"}, {"id": "A", "type": "Twitter"}]}
    event = taken(order(type="identify", context=external))
    assert [each.name for each in claims_of(event.message)] == ["x:a"]


SIGNS = st.text(
    st.sampled_from("@xX./: \u200b0+com%2F?#\u0130\u00df") | st.characters(), max_size=12
)
BEGUN = st.sampled_from(
    ["", "https://", "https://x.com/", "wa.me/", "x.com/x.com%2F", "@@", "\u00ad"]
)


@fuzzed
@given(st.sampled_from(list(Network)), BEGUN, SIGNS)
def test_a_handle_is_written_once(network: Network, begun: str, said: str) -> None:
    once = as_handle(network, begun + said)
    assert as_handle(network, once) == once
    name = as_name(f"{network}:{begun}{said}")
    assert as_name(name) == name
    if network != Network.OTHER:
        assert as_handle(network, f" @{once.upper().lower()}") == as_handle(network, once.upper())


@fuzzed
@given(st.text(max_size=8), st.text(st.sampled_from("\u200b\ufeff\u00ad\u202e\u2066\U000e0041")))
def test_what_nobody_sees_makes_no_other_name(said: str, hidden: str) -> None:
    middle = len(said) // 2
    assert as_name(f"c-1{said[:middle]}{hidden}{said[middle:]}") == as_name(f"c-1{said}")
    assert all(category(sign) != "Cf" or sign > "\u05ff" for sign in without_invisible(said))


@pytest.mark.parametrize("name", ["userId", "anonymousId"])
@pytest.mark.parametrize("hidden", ["\u200b", "\ufeff", "\u00ad", "\u200e", "\u202e", "\u2066"])
def test_an_id_is_compared_without_what_nobody_sees(name: str, hidden: str) -> None:
    message = order(**{"userId": ..., name: f"c{hidden}-42{hidden}"})
    assert taken(message).profile == "c-42"
    event, ignored = both(order(type="alias", event=..., previousId=f"a{hidden}"))
    assert isinstance(event, Event)
    assert ([each.name for each in claims_of(event.message)], ignored) == (["a"], ())
    assert refused(order(userId=hidden)).reason == "no_profile"
    assert refused(order(userId=f" {hidden}\x07 ")).reason == "no_profile"
