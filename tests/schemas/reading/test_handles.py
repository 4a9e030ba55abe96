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
from tests.schemas.reading.both_ways import both, order, refused, taken
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
    ("whatsapp", "491701234567", ["tel:+49-170-1234567", "+49 (0) 170 1234567", "00491701234567"]),
    ("whatsapp", "491701234567", ["491701234567@s.whatsapp.net", "whatsapp:+491701234567"]),
    ("whatsapp", "491701234567", ["491701234567", "https://wa.me/+49%20170%201234567?text=hi"]),
    ("whatsapp", "01701234567", ["0170 1234567", "(0170) 123-4567"]),
    ("x", "name", ["x.com/name/status/1", "https://twitter.com/intent/user?screen_name=Name"]),
    ("x", "i/user/5", ["https://twitter.com/intent/user?user_id=5", "x.com/i/user/5"]),
    ("instagram", "name", ["instagram.com/name/p/Abc/", "instagram.com/stories/name/1/"]),
    ("tiktok", "name", ["https://www.tiktok.com/@name/video/1", "/@name"]),
    ("facebook", "name", ["facebook.com/name/posts/1", "https://m.me/name", "fb.com/pg/name/"]),
    ("facebook", "11", ["profile.php?id=11", "facebook.com/people/Anna-M/11/", "fb.com/11"]),
    ("facebook", "11", ["https://www.facebook.com/groups/5/user/11/"]),
    ("linkedin", "anna", ["https://www.linkedin.com/in/anna/recent-activity/all/"]),
    ("youtube", "name", ["https://m.youtube.com/@name/videos"]),
    ("youtube", "uc1", ["https://www.youtube.com/channel/UC1/about"]),
    ("youtube", "c/name", ["https://www.youtube.com/c/Name"]),
    ("pinterest", "name", ["https://www.pinterest.de/name/board/"]),
    ("linkedin", "j\u00fcrgen", ["https://www.linkedin.com/in/j%C3%BCrgen/", "Ju\u0308rgen"]),
    ("x", "name", ["na\u200bme", "\ufeffname", "na\u00adme", "\u202aname\u202c", "n\u2060ame"]),
    ("other", "Name", ["@Name", " Name "]),
]


@pytest.mark.parametrize(
    ("network", "name", "written"),
    [(network, name, written) for network, name, spelled in SPELLINGS for written in spelled],
)
def test_a_handle_is_one_name_however_it_is_written(network: str, name: str, written: str) -> None:
    profile = f"{network}:{name}"
    assert taken(mention(network, written)).profile == profile
    external = {"externalIds": [{"id": written, "type": network}]}
    event = taken(order(type="identify", context=external))
    assert [each.name for each in claims_of(event.message)] == [profile]
    alias = taken(order(type="alias", event=..., previousId=f"{network}:{written}"))
    assert [each.name for each in claims_of(alias.message)] == [profile]
    assert as_name(f"{network}:{written}") == profile, "the paths of the API find it"


NO_PROFILES = {
    "youtube": [
        *("https://www.youtube.com/watch?v=1", "https://youtu.be/x", "/watch?v=1", "watch?v=1"),
        *("youtube.com/shorts/1", "https://www.youtube.com/playlist?list=1", "youtube.com/channel"),
        *("https://music.youtube.com/watch?v=1", "https://www.youtube.com/results?search_query=a"),
    ],
    "facebook": [
        *("https://www.facebook.com/story.php?story_fbid=1&id=11", "facebook.com/groups/5"),
        *("https://www.facebook.com/groups/5/posts/6", "facebook.com/permalink.php?id=11"),
        *("https://www.facebook.com/photo?fbid=1", "facebook.com/watch/?v=1", "fb.watch/1"),
        *("story.php?story_fbid=1&id=11", "https://facebook.com/profile.php?id=undefined"),
        *("https://facebook.com/sharer/sharer.php?u=1", "https://business.facebook.com/name"),
        *("facebook.com/events/1", "https://l.facebook.com/l.php?u=x", "facebook.com/reel/1"),
    ],
    "x": [
        *("https://x.com/i/status/1", "https://x.com/search?q=name", "x.com/home", "t.co/1"),
        *("https://twitter.com/intent/tweet?text=a", "twitter.com/share?url=a", "x.com/hashtag/a"),
        *("https://twitter.com/intent/user?user_id=undefined", "https://help.x.com/en"),
        *("https://twitter.com/intent/user", "x.com/i/lists/1", "https://pic.twitter.com/a"),
    ],
    "instagram": [
        *("https://www.instagram.com/p/Abc/", "instagram.com/reel/Abc", "instagram.com/tv/Abc"),
        *("https://www.instagram.com/accounts/login/?next=%2Fname%2F", "instagram.com/explore/a"),
        *("https://www.instagram.com/stories/highlights/1/", "https://help.instagram.com/1"),
        *("/p/Abc/", "https://www.facebook.com/groups/5", "instagram.com/reels/Abc/"),
    ],
    "tiktok": ["https://www.tiktok.com/t/1", "https://vm.tiktok.com/1", "tiktok.com/tag/name"],
    "linkedin": [
        *("https://www.linkedin.com/feed/update/urn:li:activity:1", "linkedin.com/posts/anna_1"),
        *("https://www.linkedin.com/jobs/view/1", "lnkd.in/1", "linkedin.com/pulse/a"),
    ],
    "xing": ["https://www.xing.com/news/1", "xing.com/jobs/a"],
    "whatsapp": [
        *("https://chat.whatsapp.com/Abc", "wa.me/message/ABC", "https://wa.me/?text=hi"),
        *("https://www.whatsapp.com/channel/1", "https://api.whatsapp.com/send?text=hi"),
    ],
    "snapchat": ["https://www.snapchat.com/spotlight/1", "https://t.snapchat.com/1"],
    "pinterest": ["https://www.pinterest.com/pin/1/", "pin.it/1", "pinterest.de/search/pins/?q=a"],
    "clubhouse": ["https://www.clubhouse.com/event/1", "clubhouse.com/room/1"],
    "other": ["https://t.me/c/1/2", "t.me/joinchat/a", "https://t.me/+Ab", "https://t.me/"],
}


@pytest.mark.parametrize(
    ("network", "written"), [(name, each) for name, found in NO_PROFILES.items() for each in found]
)
def test_the_address_of_a_page_that_is_no_profile_joins_nobody(network: str, written: str) -> None:
    assert as_handle(network, written) == ""
    assert refused(mention(network, written)).reason == "no_profile"
    assert taken(mention(network, written, userId="c-1")).profile == "c-1"
    assert refused(order(userId=f"{network}:{written}")).reason == "no_profile"
    external = {"externalIds": [{"id": written, "type": network}]}
    assert claims_of(taken(order(type="identify", context=external)).message) == ()
    alias = order(type="alias", event=..., previousId=f"{network}:{written}")
    assert refused(alias).reason == "no_profile"


@pytest.mark.parametrize(
    ("network", "written"),
    [
        ("other", "https://t.me/Name"),
        ("x", "https://www.instagram.com/name"),
        ("other", "https://social.example/@Name"),
        ("x", "https://notx.com/name"),
        ("instagram", "user.name"),
        ("x", "x.com"),
    ],
)
def test_what_is_no_address_of_the_network_stays(network: str, written: str) -> None:
    assert taken(mention(network, written)).profile == f"{network}:{written}"


@pytest.mark.parametrize(
    "written",
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
def test_a_handle_that_is_nobodys_names_nobody(written: str) -> None:
    assert refused(mention("x", written)).reason == "no_profile"
    assert taken(mention("x", written, userId="c-1")).profile == "c-1"


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
def test_a_handle_is_written_once(network: Network, begun: str, written: str) -> None:
    once = as_handle(network, begun + written)
    assert as_handle(network, once) == once
    name = as_name(f"{network}:{begun}{written}")
    assert as_name(name) == name
    if network != Network.OTHER:
        assert as_handle(network, f" @{once.upper().lower()}") == as_handle(network, once.upper())


@fuzzed
@given(st.text(max_size=8), st.text(st.sampled_from("\u200b\ufeff\u00ad\u202e\u2066\U000e0041")))
def test_what_nobody_sees_makes_no_other_name(written: str, hidden: str) -> None:
    middle = len(written) // 2
    assert as_name(f"c-1{written[:middle]}{hidden}{written[middle:]}") == as_name(f"c-1{written}")
    assert all(category(sign) != "Cf" or sign > "\u05ff" for sign in without_invisible(written))


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
