"""The pages work without the internet: all that they name is served here, and is what they say."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.services.api.conftest import Model

PAGES = ("/", "/docs", "/redoc")
LOADED = {"script": "src", "link": "href", "img": "src", "redoc": "spec-url"}


class Page(HTMLParser):
    """What a page names: what it loads, what it links to, and whether it has scripts in itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[tuple[str, str | None]] = []
        self.links: list[str] = []
        self.has_own_script = False
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self._in_script = tag == "script"
        address = attributes.get(LOADED.get(tag, ""))
        if address:
            self.loaded.append((address, attributes.get("integrity")))
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"] or "")
        self.has_own_script |= any(name.startswith("on") or name == "style" for name in attributes)

    def handle_data(self, data: str) -> None:
        self.has_own_script |= self._in_script and bool(data.strip())

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


@pytest.mark.parametrize("path", PAGES)
async def test_all_that_a_page_loads_is_served_here(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(answer.text)
    assert not page.has_own_script
    assert "//" not in answer.text.replace("<!doctype html>", "")
    for address, integrity in page.loaded:
        if address == "data:,":
            continue
        got = await api.get(urljoin(path, address))
        assert got.status_code == 200, address
        assert len(got.content) > 100
        if address.endswith((".js", ".css")):
            kind = "javascript" if address.endswith(".js") else "css"
            assert got.headers["content-type"] == f"text/{kind}; charset=utf-8"
            assert got.headers["x-content-type-options"] == "nosniff"
        if integrity is not None:
            digest = hashlib.sha256(got.content).digest()
            assert integrity == f"sha256-{base64.b64encode(digest).decode()}", address


async def test_what_is_not_ours_is_named_with_its_hash(api: httpx.AsyncClient) -> None:
    """So a browser refuses another one, and whoever takes another version has to say so."""
    loaded: dict[str, str | None] = {}
    for path in PAGES:
        loaded |= dict(Page((await api.get(path)).text).loaded)
    assert {address for address, integrity in loaded.items() if integrity} == {
        "docs/assets/swagger-ui.css",
        "docs/assets/swagger-ui-bundle.js",
        "docs/assets/redoc.standalone.js",
    }


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_may_load_nothing_from_elsewhere(api: httpx.AsyncClient, path: str) -> None:
    policy = (await api.get(path)).headers["content-security-policy"]
    allowed = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    assert allowed["script-src"] == "'self'"
    assert allowed["frame-ancestors"] == "'none'"
    assert not re.search(r"https?:|\*", policy)


async def test_every_link_of_the_first_page_leads_somewhere(
    api: httpx.AsyncClient, model: Model
) -> None:
    links = Page((await api.get("/")).text).links
    assert len(links) > 6
    for link in links:
        assert not urlsplit(link).netloc
        assert (await api.get(urljoin("/", link))).status_code == 200, link


@pytest.mark.parametrize(
    "name", ["favicon.png", "home.html", "..%2Froutes.py", "%2e%2e%2froutes.py", "docs.js%00", ""]
)
async def test_no_other_file_is_served(api: httpx.AsyncClient, name: str) -> None:
    assert (await api.get(f"/docs/assets/{name}")).status_code == 404


async def test_pages_are_no_operations(api: httpx.AsyncClient) -> None:
    paths = (await api.get("/openapi.json")).json()["paths"]
    assert not set(PAGES) & set(paths)
    assert not [path for path in paths if "assets" in path]
