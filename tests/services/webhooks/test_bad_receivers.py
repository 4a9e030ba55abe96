"""Every answer of a receiver becomes an outcome, and in time."""

import asyncio
import gzip
import ssl
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.webhooks.outcome import Delivered, Failed, Gone
from tests.services.secured.servers import HAS_OPENSSL, certificate
from tests.services.webhooks.bad_receiver import Then, answering, corrupting, sent
from tests.waits import LONGEST_WAIT_S

GOOD = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"
BROKEN = Failed("the connection broke, or the answer was not HTTP")
UNCONNECTED = Failed("no connection, or no valid certificate")
NUMBERS = st.integers(-(2**70), 2**70).map(lambda number: b"%d" % number)
STATUSES = NUMBERS | st.sampled_from(
    b"200 204 301 304 408 410 429 503 600 999 0 99 099 abc 20 2000 -200 +20 \xb2\xb2".split(b" ")
)
VALUES = (
    st.binary(max_size=40)
    | NUMBERS
    | st.sampled_from(
        b"inf|nan|1e99|-0|0x10|1_0|gzip, br, chunked|identity|chunked, chunked|5, 5|\xff\x00"
        b"|Mon, 01 Jan 2026 00:00:00 +999999999999999999|Thu, 01 Jan 1970 00:00:00 GMT"
        b"|http://127.0.0.1:1/".split(b"|")
    )
    | st.just(b"a" * 70_000)
)
HEADERS = st.tuples(
    st.sampled_from(
        b"Retry-After|Content-Length|Transfer-Encoding|Content-Encoding|Location|Connection"
        b"|Upgrade|Set-Cookie|Date|X||a b".split(b"|")
    ),
    VALUES,
)
ANSWERS = st.builds(
    lambda version, status, reason, headers, body: b"".join(
        (
            b"%b %b %b\r\n" % (version, status, reason),
            *(b"%b: %b\r\n" % header for header in headers),
            b"\r\n",
            body,
        )
    ),
    st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2", b"HTTP/9.9", b"ICY", b""]),
    STATUSES,
    st.binary(max_size=20),
    st.lists(HEADERS, max_size=6),
    st.binary(max_size=50) | st.just(b"5\r\nhello\r\nffffffffffffffffffffff\r\n"),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(ANSWERS | st.binary(max_size=60) | st.just(b"HTTP/1.1 100 \r\n\r\n"), max_size=3),
    st.sampled_from([Then.CLOSES, Then.RESETS]),
)
async def test_any_answer_is_an_outcome(pieces: list[bytes], then: Then) -> None:
    async with answering(pieces, then) as port, asyncio.timeout(LONGEST_WAIT_S):
        assert isinstance(await sent(port), (Delivered, Failed, Gone))


@pytest.mark.parametrize("then", [Then.CLOSES, Then.RESETS])
async def test_an_answer_may_end_at_each_of_its_bytes(then: Then) -> None:
    for length in range(len(GOOD)):
        async with answering([GOOD[:length]], then) as port:
            assert await sent(port) == BROKEN
    async with answering([GOOD], Then.CLOSES) as port:
        assert await sent(port) == Delivered(204)


@pytest.mark.parametrize(
    ("pieces", "then"),
    [
        ([], Then.HANGS),
        ([GOOD[:-2]], Then.HANGS),
        ([b"HTTP/1.1 102 Processing\r\n\r\n"], Then.GOES_ON),
        ([b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"], Then.HANGS),
    ],
)
async def test_an_answer_without_an_end_fails_in_time(pieces: list[bytes], then: Then) -> None:
    async with answering(pieces, then) as port, asyncio.timeout(LONGEST_WAIT_S):
        assert await sent(port, timeout_s=0.2) == Failed("no answer within 0.2 s")


@pytest.mark.parametrize(
    "piece", [b"x: " + b"y" * 1_000 + b"\r\n", b"x" * 65_536], ids=["many headers", "one line"]
)
async def test_headers_without_an_end_are_bounded(piece: bytes) -> None:
    async with answering([b"HTTP/1.1 200 OK\r\n", piece], Then.GOES_ON) as port:
        async with asyncio.timeout(LONGEST_WAIT_S):
            assert await sent(port) == BROKEN


async def test_a_body_is_neither_read_nor_inflated() -> None:
    """However long it is, and however large it would become."""
    bomb = gzip.compress(bytes(50_000_000))
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % (2**60)
    tracemalloc.start()
    try:
        async with answering([head, bomb], Then.GOES_ON) as port, asyncio.timeout(LONGEST_WAIT_S):
            assert await sent(port) == Delivered(200)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


async def test_plain_text_where_tls_is_expected_is_a_failure() -> None:
    for pieces in ([GOOD], [b"\x16\x03\x01"], [b"\x15\x03\x03\x00\x02\x02\x28"], [bytes(9_000)]):
        async with answering(pieces, Then.CLOSES, reads=False) as port:
            assert await sent(port, scheme="https") == UNCONNECTED


async def test_a_handshake_that_hangs_fails_in_time() -> None:
    async with answering([], Then.HANGS) as port, asyncio.timeout(LONGEST_WAIT_S):
        outcome = await sent(port, scheme="https", timeout_s=0.2)
    assert outcome == Failed("no answer within 0.2 s")


@pytest.mark.skipif(not HAS_OPENSSL, reason="there is no openssl to make certificates with")
async def test_a_certificate_that_nobody_trusts_is_a_failure(tmp_path: Path) -> None:
    server, _ = tls_of(tmp_path)
    async with answering([GOOD], Then.CLOSES, tls=server) as port:
        assert await sent(port, scheme="https") == UNCONNECTED


@pytest.mark.skipif(not HAS_OPENSSL, reason="there is no openssl to make certificates with")
async def test_an_error_after_the_handshake_is_a_failure(tmp_path: Path) -> None:
    """Python raises a different error for each of these."""
    server, client = tls_of(tmp_path)
    for then in (Then.CLOSES, Then.RESETS):
        for length in (0, 5, len(GOOD) - 1):
            async with answering([GOOD[:length]], then, tls=server) as port:
                assert await sent(port, scheme="https", trust=client) == BROKEN
    async with answering([GOOD], Then.CLOSES, tls=server) as port:
        assert await sent(port, scheme="https", trust=client) == Delivered(204)
        async with corrupting(port) as corrupt:
            assert await sent(corrupt, scheme="https", trust=client) == BROKEN


@pytest.mark.parametrize(
    "addresses", [(), ("",), ("nonsense",), ("::",), ("fe80::1%nowhere",), ("127.0.0.9",) * 30]
)
async def test_odd_answers_of_dns_are_failures(addresses: tuple[str, ...]) -> None:
    async with asyncio.timeout(LONGEST_WAIT_S):
        outcome = await sent(9, addresses=addresses, timeout_s=2.0)
    assert isinstance(outcome, Failed)


def tls_of(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Both sides of a TLS that trusts a certificate of its own."""
    signed = certificate(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(signed.both)
    return server, ssl.create_default_context(cafile=str(signed.authority))
