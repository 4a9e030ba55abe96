"""What may be shown of an address."""

from urllib.parse import urlsplit


def without_password(address: str) -> str:
    """Return an address or URL with its password left out."""
    parts = urlsplit(address) if "://" in address else None
    if parts is None or parts.password is None:
        return address
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:***@{host}").geturl()
