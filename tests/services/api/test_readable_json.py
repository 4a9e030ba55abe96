"""JSON has line breaks for who reads it, and none for programs; it says the same."""

import json
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from services.platform.http.readable_json import ReadableJson

SENTENCES = {
    "items": [{"name": "Müller, [1]", "orders": 1e3, "n": 10**17, "none": None}],
    "next": None,
}
BODY = json.dumps(SENTENCES, ensure_ascii=False, separators=(",", ":")).encode()

READ = [
    {"user-agent": "curl/8.5.0", "accept": "*/*"},
    {"user-agent": "curl/8.5.0"},
    {"user-agent": "Wget/1.21", "accept": "*/*"},
    {"user-agent": "HTTPie/3.2", "accept": "*/*"},
    {"user-agent": "Mozilla/5.0 (X11)", "accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
]
PROCESSED = [
    {"user-agent": "curl/8.5.0", "accept": "application/json"},
    {"user-agent": "Mozilla/5.0 (X11)", "accept": "application/json"},
    {"user-agent": "python-httpx/0.28"},
    {"user-agent": "analytics-python/2.3", "accept": "*/*"},
    {"user-agent": ""},
]


class Answering:
    """An application that answers the same to all, in parts, and notes the query."""

    def __init__(self, kind: str = "application/json", body: bytes = BODY) -> None:
        self.kind, self.body, self.query = kind, body, b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.query = scope["query_string"]
        headers = [
            (b"content-type", self.kind.encode()),
            (b"content-length", str(len(self.body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in (self.body[:7], self.body[7:]):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def answer(app: Answering, path: str = "/", **headers: Any) -> httpx.Response:
    transport = httpx.ASGITransport(ReadableJson(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers={}) as http:
        return await http.get(path, **headers)


@pytest.mark.parametrize("headers", READ)
async def test_people_get_line_breaks(headers: dict[str, str]) -> None:
    got = await answer(Answering(), headers=headers)

    assert got.json() == SENTENCES
    assert got.text.startswith('{\n  "items": [\n    {\n      "name": "Müller, [1]",\n')
    assert got.text.endswith("}\n")
    assert got.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize("headers", PROCESSED)
async def test_programs_get_what_they_got(headers: dict[str, str]) -> None:
    assert (await answer(Answering(), headers=headers)).content == BODY


@pytest.mark.parametrize(
    ("query", "is_pretty", "rest"),
    [
        ("pretty", True, b""),
        ("pretty=true&limit=3", True, b"limit=3"),
        ("limit=3&pretty=", True, b"limit=3"),
        ("a=pretty&pretty=false", False, b"a=pretty"),
        ("pretty=NO&a=%26", False, b"a=%26"),
        ("a=pretty", None, b"a=pretty"),
    ],
)
async def test_the_query_decides_and_no_operation_sees_it(
    query: str, rest: bytes, *, is_pretty: bool | None
) -> None:
    for headers, otherwise in ((READ[0], True), (PROCESSED[0], False)):
        app = Answering()
        got = await answer(app, f"/?{query}", headers=headers)
        wanted = otherwise if is_pretty is None else is_pretty

        assert (got.content != BODY) == wanted
        assert app.query == rest


async def test_problems_are_readable_too() -> None:
    got = await answer(Answering("application/problem+json; charset=utf-8"), headers=READ[0])
    assert got.content != BODY


@pytest.mark.parametrize("kind", ["text/event-stream", "text/plain", "application/schema+json"])
async def test_what_is_no_json_is_not_touched(kind: str) -> None:
    assert (await answer(Answering(kind), headers=READ[0])).content == BODY


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
async def test_what_is_none_though_it_says_so_is_not_touched(body: bytes) -> None:
    assert (await answer(Answering(body=body), headers=READ[0])).content == body


async def test_curl_reads_customers_and_problems(api: httpx.AsyncClient) -> None:
    """Over the real door; lists refuse a parameter that they do not know, but not this one."""
    curl = {"User-Agent": "curl/8.5.0"}
    listed = await api.get("/v1/customers?limit=1", headers=curl)
    nobody = await api.get("/v1/customers/nobody", headers=curl)
    asked = await api.get("/v1/customers?pretty&limit=1")

    assert listed.status_code == asked.status_code == 200
    assert listed.text == asked.text
    assert listed.text.startswith('{\n  "items": []')
    assert nobody.text.startswith('{\n  "type": "urn:stammkunde:problem:unknown-customer"')
    assert (await api.get("/v1/customers?limit=1")).text == json.dumps(
        listed.json(), separators=(",", ":")
    )
