"""Erasures: how a person is forgotten under all names, over the partitions.

The request follows the forwarding entries to the person's row, which alone knows up to when. The
row leaves a tombstone, sends the erasure to all other names, reports that it is done, and goes. A
record that was under way between the names meets a tombstone then, and is dropped. Decision 21
explains why nothing is left.
"""

from typing import Final

from msgspec.structs import replace

from schemas import topics
from schemas.erasure import Erasure, ErasureStatus
from topology.agents.batch import Batch
from topology.agents.join_records import Erase, JoinRecord, Merge, encode_join
from topology.agents.record_router import RecordRouter
from topology.batching.errors import BatchingError
from topology.batching.handler import Output
from topology.domain.history.instant import Instant, to_datetime
from topology.domain.history.names import all_names
from topology.domain.history.state import State
from topology.domain.history.suppression import later_word
from topology.domain.rows.erased import decode_erased, fingerprint_of, tombstone_of
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import RowError, decode_row

_OTHER_SALT: Final = "the workers have no STAMMKUNDE_ERASURE_SALT, or another one than the API"


class SaltError(BatchingError):
    """Without the salt the worker does not know who was erased: it ends."""

    def __init__(self) -> None:
        super().__init__(
            "customers were erased with a salt that this worker does not have, so that it can't "
            "tell who they are: set STAMMKUNDE_ERASURE_SALT to the one that they were erased with"
        )


def check_salt(entry: bytes, salt: bytes | None) -> None:
    """Check that a tombstone was made with our salt.

    Raises:
        SaltError: it was not.
    """
    if salt is None or decode_erased(entry).salt != fingerprint_of(salt):
        raise SaltError


class Erasures:
    """Handles the erasures of one batch."""

    def __init__(
        self, batch: Batch, router: RecordRouter, app_id: str, salt: bytes | None, now: Instant
    ) -> None:
        self._batch = batch
        self._router = router
        self._app = app_id
        self._salt = salt
        self._now = now

    def receive(self, key: bytes, entry: State | Forward | None, erase: Erase) -> None:
        """Take a request, or the notice of an erased row, that has arrived at a name."""
        salt = self._salt
        if salt is None or erase.salt != fingerprint_of(salt):
            self._refuse(erase)
        elif erase.told_by_row:
            self._follow(key, entry, erase, salt)
        elif isinstance(entry, Forward):
            at, names = max(erase.at, self._now), (*erase.names, key.decode())
            self._send(entry.to, replace(erase, at=at, names=names))
        else:
            self._erase(key, entry, erase)
            self._report_done(key, salt, erase)

    def drop(self, key: bytes, merge: Merge) -> bool:
        """Drop a row that was on its way to one that has been erased; then True.

        It knows names that the erased row may not know. A row that was claimed later is not
        dropped: it was somebody else's when this one was erased.
        """
        salt, batch = self._salt, self._batch
        if salt is None or not batch.is_erased(key, merge.claimed_at):
            return False
        try:
            row = decode_row(merge.row)
        except RowError:
            return False  # Whoever takes it says so.
        if not batch.is_erased(key, row.history.first_seen_at):
            return False
        batch.dropped += 1
        names = tuple(sorted({key.decode(), *all_names(merge.name, row.names)}))
        end = batch.erased.until(key)
        at = max(end, self._now)
        batch.erased.add(key, end, row.history.person.suppression)
        word, fingerprint = batch.erased.word_of(key), fingerprint_of(salt)
        erase = Erase(
            app=self._app,
            erasure_id="",
            requested_at=0,
            salt=fingerprint,
            at=at,
            names=names,
            told_by_row=True,
            word=word,
        )
        self._notify_names(key, erase)
        return True

    def _follow(self, key: bytes, entry: State | Forward | None, erase: Erase, salt: bytes) -> None:
        """Erase a name together with its row, unless it is somebody else's by now."""
        if entry is None or (isinstance(entry, Forward) and entry.to in erase.names):
            self._batch.erase(key, erase.at, erase.word)
        elif isinstance(entry, State) and _knows_any(entry, erase.names):
            self._erase(key, entry, erase)
        else:
            return
        self._report_done(key, salt)

    def _erase(self, key: bytes, state: State | None, erase: Erase) -> None:
        """Erase a name and its row, and send the erasure to all names that the row knows."""
        own = key.decode()
        at = max(erase.at, self._now if state is None else max(self._now, state.as_of))
        word = None if state is None else state.history.person.suppression
        self._batch.erase(key, at, later_word(erase.word, word))
        word = self._batch.erased.word_of(key)
        known = (own,) if state is None else all_names(own, state.names)
        names = tuple(sorted({*known, *erase.names}))  # Others may lead here than the row knows.
        self._notify_names(key, replace(erase, at=at, names=names, told_by_row=True, word=word))

    def _notify_names(self, key: bytes, erase: Erase) -> None:
        own = key.decode()
        for name in erase.names:
            if name != own:
                self._send(name, erase)

    def _refuse(self, erase: Erase) -> None:
        if erase.told_by_row:
            raise SaltError
        self._publish(
            Erasure(
                erasure_id=erase.erasure_id,
                status=ErasureStatus.REFUSED,
                requested_at=to_datetime(erase.requested_at),
                reason=_OTHER_SALT,
            )
        )

    def _report_done(self, key: bytes, salt: bytes, asked: Erase | None = None) -> None:
        """Report that a name was erased. Each name reports its own: only there is it certain.

        If `asked` is given, the report answers that request.
        """
        end, tombstone = self._batch.erased.until(key), tombstone_of(salt, key).hex()
        self._publish(
            Erasure(
                erasure_id=f"mark_{tombstone}" if asked is None else asked.erasure_id,
                status=ErasureStatus.DONE,
                requested_at=to_datetime(end if asked is None else asked.requested_at),
                erased_at=to_datetime(end),
                marks=(tombstone,),
                salt=fingerprint_of(salt).hex(),
            )
        )

    def _publish(self, erasure: Erasure) -> None:
        key, value = erasure.erasure_id.encode(), erasure.model_dump_json().encode()
        self._batch.outputs.append(Output(topics.ERASURES, key, value, (), self._router.home(key)))

    def _send(self, name: str, content: JoinRecord) -> None:
        key = name.encode()
        home = self._router.home(key)
        self._batch.outputs.append(Output(topics.JOINS, key, encode_join(content), (), home))


def _knows_any(state: State, names: tuple[str, ...]) -> bool:
    return not set(names).isdisjoint(state.names.others)
