"""Hides the dead letters of erased customers: they are neither listed nor retried."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from schemas.erasure import Erasure
from services.dead_letters.dead_letter import DeadLetter, datetime_of_ms, names_in
from services.platform.erasure_salt import erased_until
from topology.domain.rows.erased import tombstone_of

_LEFT_OUT: Final = "the dead letters of those who were erased"


class ErasedLetters:
    """Finds the letters of erased customers by the erasure tombstones of their names."""

    def __init__(self, salt: bytes | None, until: Mapping[str, datetime]) -> None:
        """Prepare; `until` is the instant of the erasure, by tombstone."""
        self._salt = salt
        self._until = until

    def has(self, letter: DeadLetter) -> bool:
        """Whether the letter arrived before the erasure of somebody whom it names."""
        if not self._until or self._salt is None:
            return False
        came = datetime_of_ms(letter.received_ms)
        tombstones = (
            tombstone_of(self._salt, name.encode(errors="replace")) for name in names_in(letter)
        )
        untils = (self._until.get(tombstone.hex()) for tombstone in tombstones)
        return any(until is not None and came <= until for until in untils)


NOBODY_ERASED: Final = ErasedLetters(None, {})


def erased_letters(salt: bytes | None, records: Mapping[str, bytes]) -> ErasedLetters:
    """Read the records of `customer.erasures.v1`, by key.

    Raises:
        SaltNeededError: somebody was erased, and without the salt nobody can tell who.
    """
    until: dict[str, datetime] = {}
    for value in records.values():
        try:
            erasure = Erasure.model_validate_json(value)
        except ValidationError:
            continue
        erased = erased_until(erasure, salt, role="command or API", left_out=_LEFT_OUT)
        for tombstone, at in erased.items():
            until[tombstone] = max(at, until.get(tombstone, at))
    return ErasedLetters(salt, until)
