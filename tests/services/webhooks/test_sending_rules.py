"""The pure rules of sending: pauses, answers, addresses, URLs, signatures, filters."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from services.webhooks.addresses import Target, UrlError, is_public, target_of
from services.webhooks.message import signed_headers
from services.webhooks.outcome import Delivered, Failed, Gone, outcome_of, retry_after_s
from services.webhooks.partition_queue import (
    MAX_PAUSE_S,
    OpenTrigger,
    PartitionQueue,
    after_attempt,
    pause_s,
    read_on,
)
from services.webhooks.subscriptions import (
    SigningSecret,
    new_secret,
    rotated,
    secrets_at,
    wants,
)
from tests.services.webhooks.subscriptions import subscription

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PUBLIC = (
    "8.8.8.8",
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
)
NOT_PUBLIC = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "0.1.2.3"),  # noqa: S104 - not bound
    *("169.254.169.254", "168.63.129.16", "100.100.100.200", "224.0.0.1", "255.255.255.255"),
    *("192.0.2.1", "192.0.0.8", "198.18.0.1", "240.0.0.1", "192.88.99.1"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::1", "3fff::1"),
    *("127.1", "localhost", ""),
)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_pause_is_a_part_of_a_delay_that_doubles(attempts: int, chance: float) -> None:
    whole = pause_s(attempts, 1.0)
    assert 0 <= pause_s(attempts, chance) <= whole <= MAX_PAUSE_S
    assert pause_s(attempts + 1, 1.0) == min(MAX_PAUSE_S, 2 * whole)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Delivered(200)),
        (204, Delivered(204)),
        (299, Delivered(299)),
        (301, Failed("status 301", 301)),
        (404, Failed("status 404", 404)),
        (410, Gone()),
        (500, Failed("status 500", 500)),
    ],
)
def test_the_status_decides_the_outcome(status: int, outcome: object) -> None:
    assert outcome_of(status, [(b"Location", b"http://elsewhere/")], NOW) == outcome


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120),
        (b" 0 ", 0),
        (b"99999999999999", 999_999_999),
        (b"Sun, 22 Nov 2026 12:02:00 GMT", 120),
        (b"Sun, 22 Nov 2026 11:00:00 GMT", 0),
        (b"Sun, 22 Nov 2026 13:02:00 +0100", 120),
        (b"Sunday, 22-Nov-26 12:02:00 GMT", 120),
        (b"Sunday, 22-Nov-86 12:02:00 GMT", 0),
        (b"Sun Nov 22 12:02:00 2026", 120),
        (b"0" * 5_000 + b"60", 60),
        (b"9" * 5_000, 999_999_999),
        (b"Mon, 01 Jan 2026 00:00:00 +999999999999999999", None),
        (b"Mon, 01 Jan 2026 00:00:00 +2400", None),
        (b"Fri, 31 Dec 9999 23:59:59 -2359", 251607038339),
        (b"Fri, 01 Jan 0001 00:00:00 +2359", 0),
        (b"Fri, 31 Feb 2026 00:00:00 GMT", None),
        (b"Fri, 00 Xyz 2026 25:61:61 GMT", None),
        (b"1.5", None),
        (b"inf", None),
        (b"nan", None),
        (b"1e9", None),
        (b"\xb2", None),
        (b"-5", None),
        (b"soon", None),
        (b"", None),
        (b"\xff\xfe", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: bytes, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds
    assert outcome_of(503, [(b"Retry-After", value)], NOW) == Failed("status 503", 503, seconds)


NUMBERS = st.integers(-(10**20), 10**20).map(str) | st.sampled_from(["", "00", "31", "2026"])
DATES = st.builds(
    "{}, {} {} {} {}:{}:{} {}{}".format,
    st.sampled_from(["Mon", "Sunday", ""]),
    NUMBERS,
    st.sampled_from(["Jan", "Feb", "dec", "13"]),
    *[NUMBERS] * 4,
    st.sampled_from(["GMT", "+", "-", "EST"]),
    NUMBERS,
)


@given(st.binary(max_size=60) | st.text().map(str.encode) | DATES.map(str.encode))
def test_no_retry_after_breaks_anything(value: bytes) -> None:
    seconds = retry_after_s(value, NOW)
    queue = read_on(PartitionQueue(0), [OpenTrigger(0, "a")], 1)
    after_attempt(queue, 0, Failed("status 503", 503, seconds), NOW, 1.0)
    assert seconds is None or 0 <= seconds < 10**12


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_may_be_reached(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_private_address_may_be_reached(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="169.254.0.0/16"))
def test_a_private_address_stays_private_inside_of_ipv6(address: object) -> None:
    for embedded in (f"{address}", f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
        assert not is_public(embedded)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://shop.example/hook?a=b", Target("shop.example", 443)),
        ("http://shop.example:8080", Target("shop.example", 8080)),
        ("https://[2001:db8::1]/", Target("2001:db8::1", 443)),
    ],
)
def test_a_url_has_a_host_and_a_port(url: str, target: Target) -> None:
    assert target_of(url) == target


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://shop.example/",
            "file:///etc/passwd",
            "shop.example",
            "",
            "https://",
            "https:///a",
        ),
        *("https://me:secret@shop.example/", "https://me@shop.example/", "https://@shop.example/"),
        *(
            "https://shop.example:99999/",
            "https://[::1/",
            "https://a b/",
            "https://shop\n.example/",
        ),
        *("https://ümlaut.example/", "https://a\\b.example/", "https://x/" + "a" * 2048),
        *("https://shop.example:0/", "https://shop.example/#part"),
        *("https://.example/", "https://shop..example/"),
    ],
)
def test_a_url_that_webhooks_cant_be_sent_to_is_refused(url: str) -> None:
    with pytest.raises(UrlError):
        target_of(url)


@given(st.text(max_size=50).map("https://{}".format) | st.text(max_size=50))
def test_no_url_breaks_anything(url: str) -> None:
    with suppress(UrlError):
        assert target_of(url).host


def secret_of(random_bytes: bytes) -> SigningSecret:
    return new_secret(lambda count: random_bytes[:count])


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.text())
def test_the_public_library_takes_a_signature_by_either_secret(
    first: bytes, second: bytes, text: str
) -> None:
    secrets = [secret_of(made).text for made in (first, second)]
    body = text.encode(errors="replace")
    headers = dict(signed_headers("msg-1", datetime.now(UTC), body, secrets))
    for secret in secrets:
        Webhook(secret).verify(body, headers, json_parse=False)
    other = secret_of(bytes(32)).text if any(first) and any(second) else secret_of(b"1" * 32).text
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(body, headers, json_parse=False)


def test_a_rotated_secret_signs_until_its_overlap_ends() -> None:
    one, two, three = (secret_of(message * 32) for message in (b"1", b"2", b"3"))
    after = subscription(secrets=rotated([one], two, NOW, timedelta(hours=1)))

    assert secrets_at(after, NOW) == [two.text, one.text]
    assert secrets_at(after, NOW + timedelta(hours=1)) == [two.text]
    again = subscription(secrets=rotated(after.secrets, three, NOW, timedelta(hours=1)))
    assert secrets_at(again, NOW) == [three.text, two.text]
    assert rotated([one], two, NOW, timedelta(0)) == (two,)


def test_a_secret_is_in_no_text_about_a_subscription() -> None:
    made = subscription(secrets=(secret_of(b"1" * 32),))
    assert "whsec_" not in f"{made} {made!r}"


@pytest.mark.parametrize(
    ("fields", "holdout", "wanted"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"holdout": True}, True, True),
        ({"holdout": True}, False, True),
        ({"rules": ["win_back"]}, False, True),
        ({"rules": ["other"]}, False, False),
        ({"rules": []}, False, False),
        ({"kinds": ["gift", "survey"]}, False, True),
        ({"kinds": ["survey"]}, False, False),
        ({"rules": ["win_back"], "kinds": ["survey"]}, False, False),
    ],
)
def test_a_subscription_wants_its_rules_and_kinds(
    fields: dict[str, object], *, holdout: bool, wanted: bool
) -> None:
    assert wants(subscription(**fields), "win_back", "gift", holdout=holdout) == wanted
