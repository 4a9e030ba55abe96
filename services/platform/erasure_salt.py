"""The salt of erasures: from the settings, or from the data folder, where `up` keeps one."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from schemas.erasure import Erasure
from services.platform.faults import FaultError
from services.platform.settings import LEAST_SALT, Settings, SettingsError
from topology.domain.rows.erased import fingerprint_of

_FILE: Final = "erasure-salt"
_BYTES: Final = 32


class SaltNeededError(FaultError):
    """There are erasure tombstones, but not the salt that they were made with."""

    def __init__(self, role: str, left_out: str) -> None:
        super().__init__(
            f"Customers were erased with a salt that this {role} does not have, so that it can't "
            f"leave out {left_out}: set STAMMKUNDE_ERASURE_SALT to the salt that the workers have."
        )


def erased_until(
    erasure: Erasure, salt: bytes | None, *, role: str, left_out: str
) -> Mapping[str, datetime]:
    """Return until when an erasure covers each of its names, by their tombstones.

    Earlier releases did not record the salt: such an erasure counts as made with ours.

    Raises:
        SaltNeededError: it names somebody, and was made with another salt than `salt`.
    """
    until = erasure.erased_at
    if until is None or not erasure.marks:
        return {}
    if salt is None or erasure.salt not in {None, fingerprint_of(salt).hex()}:
        raise SaltNeededError(role, left_out)
    return dict.fromkeys(erasure.marks, until)


def salt_of(settings: Settings) -> bytes | None:
    """Return the salt; without one (None) nobody can be erased.

    Raises:
        SettingsError: the file in the data folder can't be used.
    """
    if settings.erasure_salt is not None:
        return settings.erasure_salt.get_secret_value().encode()
    return _read(settings.data_dir / _FILE)


def keep_salt(data_dir: Path) -> None:
    """Make a salt that only its owner can read, unless the folder has a salt."""
    path = data_dir / _FILE
    if _read(path) is None:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(secrets.token_hex(_BYTES), encoding="ascii")


def _read(path: Path) -> bytes | None:
    try:
        salt = path.read_bytes().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        msg = f"STAMMKUNDE_ERASURE_SALT is not set, and {path} can't be read: {error.strerror}"
        raise SettingsError(msg) from None
    if len(salt) < LEAST_SALT:
        msg = (
            f"{path} is no salt of erasures, since it is too short: restore it, or set "
            "STAMMKUNDE_ERASURE_SALT to the salt that customers were erased with"
        )
        raise SettingsError(msg)
    return salt
