"""Joins: how the names of one person find each other, over the partitions.

A user's row claims a name; the row of that name yields to it, or refuses. A row that yields leaves
a forwarding entry behind, and the worker forwards everything that arrives there. Decision 13
explains why this ends, and always with the same rows, in whatever order the records arrive.
"""

from typing import TypeAlias

from msgspec import structs

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from schemas.messages.identity import Alias
from topology.agents.batch import Batch
from topology.agents.currency import in_currency
from topology.agents.dead_letters import Refusal
from topology.agents.join_records import (
    Claim,
    JoinRecord,
    Merge,
    Passed,
    Place,
    Refused,
    encode_join,
    place_of,
)
from topology.agents.newer_release import NewerReleaseError
from topology.agents.received import first_place_in, first_received
from topology.agents.record_router import RecordRouter
from topology.batching.handler import Output
from topology.batching.record import Record
from topology.domain.history.claims import JOINING, Claimed, claims_of
from topology.domain.history.event import Event, word_at
from topology.domain.history.names import (
    MOST_NAMES,
    UNKNOWN,
    Called,
    Contested,
    Names,
    customer_id,
    in_short,
    with_called,
    with_names,
    without_contested,
    without_name,
)
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.rows.forward import KEPT_PARKED, Forward, Parked, forward
from topology.domain.rows.row import NewerRowError, RowError, decode_row, encode_row
from topology.domain.steps.merge import Keyed, as_row_of, with_word

_Record: TypeAlias = Record


class Joins:
    """Handles the names in one batch."""

    def __init__(self, batch: Batch, router: RecordRouter, app_id: str) -> None:
        self._batch = batch
        self._router = router
        self._app = app_id

    # Messages that name a person twice

    def take(self, record: _Record, key: bytes, state: State | None, event: Event) -> None:
        """Absorb an event into a row that is at its present, and claim the names in it."""
        own = key.decode()
        names = UNKNOWN if state is None else state.names
        claims = [each for each in claims_of(event.message) if _is_new(each, own, names)]
        size = len({own, *names.others})
        if len({own, *names.others, *(each.name for each in claims)}) > MOST_NAMES:
            if event.name in JOINING:
                self._batch.outputs.append(self._router.refuse(record, _too_many(own, size)))
                return
            claims = []
        step = self._batch.take(key, state, event)
        if step.duplicate or step.state is None:
            return
        names = with_names(own, step.state.names, {each.name for each in claims})
        if isinstance(event.message, Alias) and event.message.previous_id != event.message.user_id:
            at = word_at(event, () if names.called is None else (names.called.at,))
            called = Called(at, event.message_id, event.message.user_id)
            names = with_called(names, called)
        self._rename(key, step.state, names)
        for each in claims:
            claim = Claim(
                app=self._app,
                by=own,
                name=each.name,
                explicit=each.explicit,
                at=event.at,
                message_id=event.message_id,
                names=size,
                source=place_of(record),
            )
            self._send(each.name, claim)

    def pass_on(self, record: _Record, key: bytes, entry: Forward, event: Event) -> None:
        """Forward an event to the row that its profile has become a part of."""
        if event.message.user_id and not entry.user:
            self._batch.put(key, replace(entry, user=True, parked=()))
            for each in entry.parked:
                claim = Claim(
                    app=self._app,
                    by=each.by,
                    name=entry.customer_id,
                    explicit=True,
                    at=each.at,
                    message_id=each.message_id,
                    names=each.names,
                    source=place_of(record),
                )
                self._send(entry.to, claim)
        value, quiet = record.value or b"", event.quiet_until is not None
        first = first_place_in(record.headers)
        passed = Passed(
            app=self._app,
            source=place_of(record) if first is None else Place(*first),
            timestamp=record.timestamp,
            key=record.key,
            value=value,
            quiet=quiet,
            received=first_received(record),
            timestamp_type=record.timestamp_type,
            retry=first is not None,
        )
        self._send(entry.to, passed)

    # Records of other rows

    def go_along(self, entry: Forward, content: JoinRecord) -> None:
        """Forward a record to the row that this one has become a part of.

        An alias joins two users. While the name is not known to be a user id it belongs to the
        first who claimed it, so the alias waits here, in case that it turns out to be one.
        """
        if isinstance(content, Claim) and content.name == entry.customer_id and not entry.user:
            if content.explicit:
                parked = Parked(content.by, content.at, content.message_id, content.names)
                others = tuple(each for each in entry.parked if each.by != content.by)
                kept = (*others, parked)[-KEPT_PARKED:]
                self._batch.put(entry.customer_id.encode(), replace(entry, parked=kept))
            content = structs.replace(content, explicit=False)
        self._send(entry.to, content)

    def receive(
        self, record: _Record, key: bytes, state: State | None, content: Claim | Merge | Refused
    ) -> None:
        """Take a record that has arrived at its row; there may be none yet."""
        if isinstance(content, Claim):
            self._claim(record, key, state, content)
        elif isinstance(content, Merge):
            self._merge(record, key, state, content)
        elif state is not None and content.erased:
            self._rename(key, state, without_name(state.names, content.name))
        elif state is not None:
            lost = Contested(content.name, content.owner, content.at)
            own = key.decode()
            self._rename(key, state, without_contested(own, state.names, lost))

    def _claim(self, record: _Record, key: bytes, state: State | None, claim: Claim) -> None:
        own, by = key.decode(), claim.by
        if by == own:
            return
        if state is None:
            state = self._batch.remembered(key, claim.at)
        if state is None:
            self._batch.put(key, forward(own, by, user=False))
            return
        names = state.names
        size = 1 + len(names.others)
        if not names.user:
            self._yield(key, state, claim)
        elif not claim.explicit:
            self._refuse(own, claim)
        elif not claim.answer and by not in names.others and size + claim.names > MOST_NAMES:
            self._batch.outputs.append(
                self._router.refuse(record, _too_many_together(by, own, size + claim.names))
            )
            self._refuse(own, claim)
        elif by < own:
            self._yield(key, state, claim)
        else:
            self._rename(key, state, with_names(own, names, {by}))
            self._send(by, structs.replace(claim, by=own, name=by, names=size, answer=True))

    def _yield(self, key: bytes, state: State, claim: Claim) -> None:
        """Become a part of another row. From now on everything goes there."""
        by = claim.by
        own, user = key.decode(), state.names.user
        self._batch.put(key, forward(own, by, user=user))
        self._send(by, Merge(self._app, own, encode_row(state), claim.at))

    def refuse_erased(self, key: bytes, claim: Claim) -> None:
        """Refuse a claim that a message made before the name was erased."""
        refused = Refused(self._app, claim.name, key.decode(), claim.at, erased=True)
        self._send(claim.by, refused)

    def _refuse(self, own: str, claim: Claim) -> None:
        self._send(claim.by, Refused(self._app, claim.name, own, claim.at))

    def _merge(self, record: _Record, key: bytes, state: State | None, merge: Merge) -> None:
        try:
            other = Keyed(merge.name, in_currency(decode_row(merge.row), self._batch.currency))
        except NewerRowError as error:
            # A dead letter would lose the history of the name: a worker of that release reads it.
            raise NewerReleaseError(error) from None
        except RowError as error:
            refusal = Refusal(DeadLetterReason.INVALID_FIELD, f"row: {error}")
            self._batch.outputs.append(self._router.refuse(record, refusal))
            return
        if state is None:
            row, word = as_row_of(key.decode(), other), self._batch.erased.word_of(key)
            self._batch.put(key, with_word(row, word))
        else:
            self._batch.join(key, state, other)

    # Both

    def _rename(self, key: bytes, state: State, names: Names) -> None:
        if names != state.names:
            called = customer_id(key.decode(), names)
            self._batch.put(key, replace(state, known_by=in_short(names), customer_id=called))

    def _send(self, name: str, content: JoinRecord) -> None:
        key = name.encode()
        home = self._router.home(key)
        self._batch.outputs.append(Output(topics.JOINS, key, encode_join(content), (), home))


def _is_new(claimed: Claimed, own: str, names: Names) -> bool:
    """True if the name must be claimed. An alias always claims: the name may be a user id."""
    name = claimed.name
    if claimed.explicit or name == own:
        return name != own
    return name not in names.others and all(each.name != name for each in names.contested)


def _too_many(own: str, size: int) -> Refusal:
    detail = f"{own} has {size} names already, and a person has at most {MOST_NAMES}"
    return Refusal(DeadLetterReason.TOO_MANY_NAMES, detail)


def _too_many_together(one: str, other: str, size: int) -> Refusal:
    detail = f"{one} and {other} have {size} names together; a person has at most {MOST_NAMES}"
    return Refusal(DeadLetterReason.TOO_MANY_NAMES, detail)
