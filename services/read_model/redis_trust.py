"""Whose certificates are trusted where Redis is reached over TLS."""

from pathlib import Path
from typing import Any

TLS = "rediss://"


def trusted(url: str, authorities: Path | None) -> dict[str, Any]:
    """Return arguments for `Redis.from_url`: host names are checked wherever there is TLS."""
    if not url.startswith(TLS):
        return {}
    return {"ssl_check_hostname": True, "ssl_ca_certs": authorities and str(authorities)}
