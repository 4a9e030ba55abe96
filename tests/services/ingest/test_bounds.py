"""Whatever arrives: a clear answer within the bounds, and never a fault of ours."""

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest

from services.ingest.intake import Limits
from tests.services.ingest.conftest import Written
from tests.services.ingest.messages import order
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

LIMITS = Limits()
DEAD = "journey.dead-letters.v1"
ZIP = {"Content-Encoding": "gzip"}


def batch(*events: str) -> bytes:
    return f'{{"batch": [{", ".join(events)}]}}'.encode()


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


ORDER = json.dumps(order(1))


def with_property(text: str) -> str:
    return ORDER.replace('"order_id"', f'"extra": {text}, "order_id"')


REFUSED: list[tuple[str, bytes, dict[str, str], int, str]] = [
    ("nothing", b"", {}, 400, "not-readable"),
    ("no JSON", b"hello", {}, 400, "not-readable"),
    ("cut off", batch(ORDER)[:-3], {}, 400, "not-readable"),
    ("no batch", b'{"sentAt": null}', {}, 400, "not-readable"),
    ("no list", b'{"batch": {}}', {}, 400, "not-readable"),
    ("UTF-16", batch(ORDER).decode().encode("utf-16"), {}, 400, "not-readable"),
    ("deep", batch(ORDER, nested(100_000)), {}, 400, "not-readable"),
    ("many", batch(*["1"] * 2_501), {}, 413, "body-too-large"),
    ("large", b"x" * (LIMITS.body_bytes + 1), {}, 413, "body-too-large"),
    ("far too large", b"x" * 5_000_000, {}, 413, "body-too-large"),
    ("a bomb", gzip.compress(b"x" * 50_000_000), ZIP, 413, "body-too-large"),
    ("no gzip", batch(ORDER), ZIP, 400, "not-readable"),
    ("half a gzip", gzip.compress(batch(ORDER))[:-9], ZIP, 400, "not-readable"),
    ("a gzip and more", gzip.compress(batch(ORDER)) + b"more", ZIP, 400, "not-readable"),
    ("brotli", batch(ORDER), {"Content-Encoding": "br"}, 415, "unknown-encoding"),
]


@pytest.mark.parametrize(
    ("body", "headers", "status", "kind"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED]
)
async def test_a_body_that_cannot_be_taken(
    api: httpx.AsyncClient,
    written: Written,
    body: bytes,
    headers: dict[str, str],
    status: int,
    kind: str,
) -> None:
    answer = await api.post("/v1/batch", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"urn:stammkunde:problem:{kind}"
    assert problem["detail"]
    found = await written.records()
    assert {each.topic for each in found} <= {DEAD}
    if kind == "not-readable" and not headers:
        assert [each.value for each in found] == [body]


BAD: list[tuple[str, str, str]] = [
    ("NaN", ORDER.replace("59.9", "NaN"), "invalid_field"),
    ("Infinity", ORDER.replace("59.9", "-Infinity"), "invalid_field"),
    ("a lone surrogate", ORDER.replace('"o-1"', '"\\ud800"'), "invalid_field"),
    ("a number with 5,000 digits", ORDER.replace("59.9", "9" * 5_000), "invalid_field"),
    ("an id of 5,000 digits", ORDER.replace('"o-1"', "9" * 5_000), "invalid_field"),
    ("an order without an id", ORDER.replace('"o-1"', '"undefined"'), "invalid_field"),
    ("a number beyond all", ORDER.replace("59.9", "1e999"), "invalid_field"),
    ("large", with_property('"' + "x" * LIMITS.event_bytes + '"'), "too_large"),
    ("no type", ORDER.replace("track", "trick"), "unknown_shape"),
    ("no time", ORDER.replace("2026-11-20T10:15:00Z", "yesterday"), "invalid_field"),
    ("a time without zone", ORDER.replace("10:15:00Z", "10:15:00"), "invalid_field"),
    ("a time to come", ORDER.replace("2026-", "2999-"), "time_in_future"),
    ("the zero of a clock", ORDER.replace("2026-11-20", "1970-01-01"), "time_too_early"),
    ("a time of 31 years ago", ORDER.replace("2026-", "1995-"), "time_too_early"),
    ("another currency", ORDER.replace("EUR", "XXX"), "unknown_currency"),
    ("a long id", ORDER.replace('"c-1"', '"' + "c" * 300 + '"'), "invalid_field"),
    ("a profile that begins with zero", ORDER.replace("c-1", "\\u0000c"), "invalid_field"),
    ("a profile that nobody sees", ORDER.replace("c-1", "\\u0000"), "no_profile"),
]


@pytest.mark.parametrize(("bad", "reason"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_a_bad_message_does_not_take_its_neighbours_along(
    api: httpx.AsyncClient, written: Written, bad: str, reason: str
) -> None:
    answer = await api.post("/v1/batch", content=batch(json.dumps(order(2)), bad))
    assert answer.status_code == 200, answer.text
    received = answer.json()
    assert (received["accepted"], [each["index"] for each in received["rejected"]]) == (1, [1])
    assert received["rejected"][0]["reason"] == reason
    found = await written.messages()
    assert [each["userId"] for each in found["shop.events.v1"]] == ["c-2"]
    assert [each["reason"] for each in found[DEAD]] == [reason]


LONG = "9" * 5_000
"""More digits than Python reads as an integer."""


@pytest.mark.parametrize(
    "odd", ["NaN", "-Infinity", '"\\ud800"', "1e999", "9" * 400, LONG, f"-{LONG}"]
)
async def test_what_is_no_json_costs_nothing_where_it_decides_nothing(
    api: httpx.AsyncClient, written: Written, odd: str
) -> None:
    neighbours = [json.dumps(order(2)), with_property("NaN"), with_property(LONG)]
    answer = await api.post("/v1/batch", content=batch(*neighbours, with_property(odd)))
    assert answer.json() == {"success": True}
    assert len((await written.messages())["shop.events.v1"]) == 4


async def test_the_largest_batch_is_taken(api: httpx.AsyncClient, written: Written) -> None:
    small = json.dumps({"type": "page", "userId": "c"})
    events = [json.dumps(order(n, userId="c-1")) for n in range(1_900)] + [small] * 600
    body = batch(*events)
    assert len(events) == LIMITS.events
    assert len(body) < LIMITS.body_bytes
    body = body[:-1].ljust(LIMITS.body_bytes - 1) + b"}"
    assert (await api.post("/v1/batch", content=body)).json() == {"success": True}
    assert len(await written.records()) == 2_500


async def test_of_a_field_that_comes_twice_the_last_counts(
    api: httpx.AsyncClient, written: Written
) -> None:
    twice = ORDER.replace('"userId"', '"userId": "other", "userId"')
    assert (await api.post("/v1/batch", content=batch(twice))).json() == {"success": True}
    assert [each.key for each in await written.records()] == [b"c-1"]


@pytest.mark.parametrize(
    ("length", "status"), [(len(ORDER) - 5, b"400"), (len(ORDER) + 5, b"408"), (-1, b"400")]
)
async def test_a_content_length_that_is_not_true(
    api: httpx.AsyncClient, length: int, status: bytes
) -> None:
    """Too much of it is waited for until its sender has gone, or for as long as a body may take."""
    reader, writer = await asyncio.open_connection(api.base_url.host, api.base_url.port)
    writer.write(f"POST /v1/track HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}".encode())
    writer.write(b"\r\n\r\n" + ORDER.encode())
    if status == b"408":
        writer.close()
        await writer.wait_closed()
    else:
        async with asyncio.timeout(LONGEST_WAIT_S):
            assert (await reader.readline()).split()[1] == status
        writer.close()
    assert (await api.post("/v1/track", json=order(2))).status_code == 200


async def test_no_answer_and_no_log_repeats_what_was_sent(
    api: httpx.AsyncClient, written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    secret: Any = {"writeKey": "secret-key", "userId": "secret-user", "properties": "secret-thing"}
    answer = await api.post("/v1/track", json=order(1, **secret))
    assert answer.status_code == 400
    assert "secret" not in answer.text
    await api.post("/v1/track", json=order(1, writeKey="secret-key"))
    assert "secret" not in "".join(capsys.readouterr())
    found = await written.messages()
    assert "secret" not in json.dumps(found["shop.events.v1"])


async def test_half_a_character_in_an_id_is_no_fault_of_the_answer(
    api: httpx.AsyncClient, written: Written
) -> None:
    """The id is repeated, and UTF-8 has no half of a pair of surrogates."""
    odd = '{"type": "track", "event": "Nobody Knows", "userId": "c", "messageId": "m-\\ud83d"}'
    bad = ORDER.replace('"m-1"', '"m-\\ud83d"').replace("EUR", "euro")
    answer = await api.post("/v1/batch", content=batch(odd, bad))
    assert answer.status_code == 200, answer.text
    received = answer.json()
    assert [each["messageId"] for each in (*received["ignored"], *received["rejected"])] == [
        "m-?",
        "m-?",
    ]
