"""The pages, and their files: our own, and those of Swagger UI and Redoc.

Nothing in them is about a customer, so everybody may see them. The files of Swagger UI and Redoc
come with the package fastapi-offline, which is installed for its files and never imported. The lock
pins it by its hash, and the pages name the hash of each file, which a browser checks.
"""

from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from services.platform.http.problems import NoSuchPath

OWN: Final = Path(__file__).with_name("static")
SCRIPT: Final = "text/javascript"
STYLE: Final = "text/css"
KINDS: Final = MappingProxyType(
    {
        "docs.js": SCRIPT,
        "pages.css": STYLE,
        "redoc.standalone.js": SCRIPT,
        "swagger-ui-bundle.js": SCRIPT,
        "swagger-ui.css": STYLE,
    }
)
"""The files that a page may load, by their names."""


def find_file(name: str) -> Path | None:
    """Find a file that a page asks for; None if there is no such file."""
    if name not in KINDS:
        return None
    package = find_spec("fastapi_offline")
    vendored = (package and package.submodule_search_locations) or ()
    folders = (OWN, *(Path(folder) / "static" for folder in vendored))
    return next((file for folder in folders if (file := folder / name).is_file()), None)


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
"""From where a page may load what."""
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
