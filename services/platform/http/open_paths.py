"""The paths that are open to everybody, without a key. Every other route says which scope it needs.

docs/security.md lists them, too; a test compares.
"""

from typing import Final

OPEN_PATHS: Final = frozenset(
    {
        "/",
        "/docs",
        "/docs/assets/{name}",
        "/healthz",
        "/openapi.json",
        "/readyz",
        "/redoc",
    }
)
