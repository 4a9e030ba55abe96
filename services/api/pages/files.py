"""The files of the pages: our own, and those of Swagger UI and Redoc.

These two come with the package fastapi-offline, which is installed for its files and never
imported. The lock pins it by its hash, and the pages name each file's own, which a browser checks.
"""

from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

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
"""What a page may ask for, by its name."""


def find_file(name: str) -> Path | None:
    """Find a file that a page asks for; None if there is no such file."""
    if name not in KINDS:
        return None
    package = find_spec("fastapi_offline")
    vendored = (package and package.submodule_search_locations) or ()
    folders = (OWN, *(Path(folder) / "static" for folder in vendored))
    return next((file for folder in folders if (file := folder / name).is_file()), None)
