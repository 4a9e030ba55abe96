"""Serves the pages. Nothing in them is about a customer, so that everybody may see them."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from services.api.pages.files import KINDS, OWN, find_file
from services.platform.http.problems import NoSuchPath

ALLOWED: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # Both libraries write styles into the page.
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "blob:",  # Redoc searches beside the page.
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
"""What a page may load, and from where."""
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(map(" ".join, ALLOWED.items())),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
AN_HOUR: Final = {"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"}

router = APIRouter(include_in_schema=False)


@router.get("/")
async def get_home() -> Response:
    """What this is, and where to go on."""
    return _page("home.html")


@router.get("/docs")
async def get_docs() -> Response:
    """Return the page that documents the API, with a form to try each operation."""
    return _page("docs.html")


@router.get("/redoc")
async def get_redoc() -> Response:
    """Return the same documentation, to be read."""
    return _page("redoc.html")


@router.get("/docs/assets/{name}")
async def get_asset(name: str) -> Response:
    """Return a script or style of the pages."""
    file = find_file(name)
    if file is None:
        raise NoSuchPath
    return FileResponse(file, media_type=KINDS[name], headers=AN_HOUR)


def _page(name: str) -> Response:
    return HTMLResponse((OWN / name).read_text("utf-8"), headers=HEADERS)
