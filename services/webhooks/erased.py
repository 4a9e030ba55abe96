"""Who was erased, as delivery knows it: by marks, from which no name can be read."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError
from structlog.typing import FilteringBoundLogger

from schemas.erasure import Erasure
from services.platform.erasure_salt import SaltNeededError
from topology.domain.rows.erased import fingerprint_of, tombstone_of


class Erased:
    """What has been heard of erasures. The salt may be missing as long as nobody was erased."""

    def __init__(self, salt: bytes | None, log: FilteringBoundLogger) -> None:
        self._salt = salt
        self._log = log
        self._heard: Mapping[str, bytes] = {}
        self._until: dict[str, datetime] = {}

    def __bool__(self) -> bool:
        """Whether anybody was erased."""
        return bool(self._until)

    def hear(self, records: Mapping[str, bytes]) -> None:
        """Take note of what `customer.erasures.v1` holds, by key. What was heard before stays.

        Raises:
            SaltNeededError: somebody was erased, and it can't be told who.
        """
        new = {key: value for key, value in records.items() if self._heard.get(key) != value}
        for key, value in new.items():
            try:
                erasure = Erasure.model_validate_json(value)
            except ValidationError:
                self._log.warning("unreadable_erasure", key=key)
            else:
                self._heed(erasure)
        self._heard = records

    def covers(self, customer_id: str, effective_at: datetime) -> bool:
        """Whether what took effect then for this customer is not to be sent to anybody."""
        if not self._until or self._salt is None:
            return False
        until = self._until.get(tombstone_of(self._salt, customer_id.encode()).hex())
        return until is not None and effective_at <= until

    def _heed(self, erasure: Erasure) -> None:
        until = erasure.erased_at
        if until is None or not erasure.marks:
            return
        # A record of a release that did not say whose salt it was is taken for one of ours.
        if self._salt is None or erasure.salt not in {None, fingerprint_of(self._salt).hex()}:
            raise SaltNeededError("delivery", "what was pending for them")
        for tombstone in erasure.marks:
            self._until[tombstone] = max(until, self._until.get(tombstone, until))
