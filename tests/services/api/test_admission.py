"""Nothing is read before it is known who asks, and nothing without a bound: on every route."""

import asyncio
import re
import resource
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.platform.access.route_access import OPEN_PATHS, UndeclaredRouteError, route_table
from services.platform.access.scope import KeyKind
from services.platform.http.request_body import Bounds
from tests.services.api.whole_api import (
    Operation,
    Outcome,
    Quick,
    app_with,
    operations_of,
    send,
    served,
)
from tests.services.platform.access.keys import made, records
from tests.services.platform.access.test_gate import Kept, gate_over
from tests.waits import LONGEST_WAIT_S

SECURITY = (Path(__file__).parents[3] / "docs" / "security.md").read_text("utf-8")
KEY, SECRET = made(KeyKind.ADMIN)
BOUNDS = Bounds(body_s=0.3)
CHUNKED = "Transfer-Encoding: chunked"
CHUNK = b"%x\r\n%s\r\n" % (65_536, b"a" * 65_536)
BUFFERS = 12_000_000
"""What two sockets of a machine may hold besides, in bytes."""
SIGNED = "/v1/connect/{kind}/{source}"
"""It needs no key, but a signature: see `tests/services/connect`."""
AUTHORIZED = f"Authorization: Bearer {SECRET}"


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return app_with(gate_over(Kept(records(KEY)), bounds=BOUNDS))


async def each(
    app: FastAPI, *headers: str, piece: bytes, pause_s: float = 0.0
) -> dict[Operation, Outcome]:
    """Send an endless body to every operation, a few at a time."""
    found: dict[Operation, Outcome] = {}
    left = [each for each in operations_of(app) if each.path != SIGNED]

    async def work(port: int) -> None:
        while left:
            operation = left.pop()
            found[operation] = await send(port, operation, *headers, piece=piece, pause_s=pause_s)

    async with served(app) as port:
        await asyncio.gather(*(work(port) for _ in range(8)))
    return found


def is_open(operation: Operation) -> bool:
    return operation.path in OPEN_PATHS


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def most_taken(found: Iterable[Outcome]) -> int:
    return max(outcome.taken for outcome in found)


@pytest.mark.parametrize("kind", [CHUNKED, "Content-Length: 300000000"])
async def test_an_endless_body_without_a_key_is_not_read(app: FastAPI, kind: str) -> None:
    before = peak_megabytes()
    piece = CHUNK if kind == CHUNKED else b"a" * 65_536
    found = await each(app, kind, piece=piece)
    assert {str(each): was.status for each, was in found.items() if not is_open(each)} == {
        str(each): 401 for each in found if not is_open(each)
    }
    assert {was.status for each, was in found.items() if is_open(each)} <= {200, 503}
    assert most_taken(found.values()) < Quick.linger_body_bytes + BUFFERS
    assert peak_megabytes() - before < 60


@pytest.mark.parametrize("kind", [CHUNKED, "Content-Length: 300000000"])
async def test_an_endless_body_with_a_key_is_cut_off_with_413(app: FastAPI, kind: str) -> None:
    piece = CHUNK if kind == CHUNKED else b"a" * 65_536
    found = await each(app, AUTHORIZED, kind, piece=piece)
    assert {str(each): was.status for each, was in found.items() if not is_open(each)} == {
        str(each): 413 for each in found if not is_open(each)
    }
    assert most_taken(found.values()) < 500 * 1024 + Quick.linger_body_bytes + BUFFERS
    assert all("connection: close" in was.head for each, was in found.items() if not is_open(each))


@pytest.mark.parametrize(
    ("kind", "piece"), [(CHUNKED, b"1\r\na\r\n"), ("Content-Length: 1000", b"a")]
)
async def test_a_slow_body_is_given_up_on_with_408(app: FastAPI, kind: str, piece: bytes) -> None:
    found = await each(app, AUTHORIZED, kind, piece=piece, pause_s=0.02)
    assert {str(each): was.status for each, was in found.items() if not is_open(each)} == {
        str(each): 408 for each in found if not is_open(each)
    }


async def test_who_waits_for_100_continue_is_refused_before(app: FastAPI) -> None:
    """`Expect: 100-continue`: nothing asks for the body of somebody who is not let in."""
    operation = Operation("POST", "/v1/batch")
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST {operation.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n"
        writer.write(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert (await reader.readline()).split()[1] == b"401"
        writer.close()


async def test_the_open_paths_are_those_that_the_documentation_names(app: FastAPI) -> None:
    """As they are answered, not as they are declared."""
    paths = {
        (method, route.path)
        for route in route_table(app, OPEN_PATHS).routes
        for method in route.methods
    }
    answered = set()
    async with (
        served(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_WAIT_S) as client,
    ):
        for method, path in paths:
            answer = await client.request(method, Operation(method, path).target)
            if answer.status_code != HTTPStatus.UNAUTHORIZED:
                answered.add(path)
    answered.remove(SIGNED)
    row = next(line for line in SECURITY.splitlines() if "Without a key nothing but" in line)
    assert answered == set(re.findall(r"`(/[^`]*)`", row)) == OPEN_PATHS


async def test_a_method_that_is_not_there_learns_which_ones_are(app: FastAPI) -> None:
    """All of them, whoever declares them, and to whoever asks."""
    allowed: dict[str, set[str]] = {}
    for route in route_table(app, OPEN_PATHS).routes:
        allowed.setdefault(route.path, set()).update(route.methods)
    allowed["/v1/dead-letters/retry"].add("GET")  # `retry` might be the id of a letter as well.
    async with (
        served(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_WAIT_S) as client,
    ):
        for path, methods in allowed.items():
            for method in {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} - methods:
                answer = await client.request(method, Operation(method, path).target)
                assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED, (method, path)
                assert set(answer.headers["allow"].split(", ")) == methods, (method, path)


def test_every_route_of_the_application_is_walked(app: FastAPI) -> None:
    """The document leaves out what is open and describes the API itself."""
    documented = {(each.method, each.path) for each in operations_of(app)}
    routes = route_table(app, OPEN_PATHS).routes
    guarded = {(method, route.path) for route in routes for method in route.methods}
    hidden = {path for _, path in guarded - documented}
    assert documented <= guarded
    assert hidden <= OPEN_PATHS


def test_a_route_that_declares_nothing_keeps_the_application_from_starting() -> None:
    app = FastAPI(openapi_url=None)

    @app.get("/forgotten")
    async def forgotten() -> None:
        """Nobody has said for whom."""

    with pytest.raises(UndeclaredRouteError, match="/forgotten"):
        route_table(app, OPEN_PATHS)


def test_every_operation_that_changes_something_is_audited_or_takes_in(app: FastAPI) -> None:
    """Whoever adds one must decide."""
    routes = route_table(app, OPEN_PATHS).routes
    not_audited = {
        route.path
        for route in routes
        if route.methods - {"GET", "HEAD"} and route.access.action is None
    }
    calls = ("track", "identify", "alias", "page", "screen", "group", "batch", "import")
    sources = ("events/shop", "events/social", "events/support")
    taking_in = {f"/v1/{each}" for each in (*calls, *sources)}
    taking_in.add(SIGNED)  # Its erasures are audited one by one.
    assert not_audited == taking_in | {"/v1/webhooks/subscriptions/{subscription_id}/ping"}
