"""Whose certificates are trusted."""

import ssl
from pathlib import Path

from services.platform.settings import SettingsError


def trusting(authorities: Path | None, setting: str) -> ssl.SSLContext:
    """Return what trusts the authorities in a PEM file, or those that this machine trusts.

    Host names are checked.

    Raises:
        SettingsError: the file, which `setting` named, can't be used.
    """
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:  # SSLError is one
        raise SettingsError(f"{setting}: {error.strerror or error} ({authorities})") from None
