"""What became of the erasures: each is done, once, and nothing is left but tombstones."""

from collections.abc import Iterator
from datetime import datetime

from schemas.erasure import Erasure, ErasureStatus
from tests.chaos.difference import differences
from tests.chaos.erasing import SALT
from tests.chaos.lives import Lives
from tests.chaos.load import Erased, Load
from tests.chaos.outcome import Outcome
from topology.domain.history.instant import from_datetime, to_datetime
from topology.domain.rows.erased import tombstone_of


def compare_erasures(outcome: Outcome, load: Load, lives: Lives) -> list[str]:
    """A line for each difference."""
    names = {name for erased in load.erased.values() for name in erased.names}
    answered = [each for each in outcome.erasures if each.status is not ErasureStatus.REQUESTED]
    answers = [each for each in answered if each.erasure_id.startswith("era-")]
    names_by_tombstone = {_tombstone(name): name for name in names}
    return [
        *lives.troubles,
        *differences(
            "erasures",
            ((each.erasure_id, str(each.status)) for each in answers),
            ((f"era-{name}", str(ErasureStatus.DONE)) for name in names),
        ),
        *differences(
            "tombstones",
            (names_by_tombstone.get(each, each.hex()) for each in outcome.tombstones),
            names,
        ),
        *(
            line
            for one in load.erased.values()
            for line in _one(one, outcome, load.begin(one.round), answered)
        ),
        *_left(lives),
    ]


def _one(
    erased: Erased, outcome: Outcome, begin: datetime, answered: list[Erasure]
) -> Iterator[str]:
    """An answer has only their tombstones, and each tombstone reaches as far as the answer says."""
    theirs = {_tombstone(name).hex() for name in erased.names}
    for name in erased.names:
        tombstone, own = _tombstone(name), f"era-{name}"
        answers = [each for each in answered if each.erasure_id == own]
        if not all(each.marks and theirs.issuperset(each.marks) for each in answers):
            yield f"{name}: the answer has tombstones of others, or none"
        ends = [
            each.erased_at for each in answered if each.erased_at and tombstone.hex() in each.marks
        ]
        yield from differences(
            f"{name}: the end of what is erased",
            [outcome.tombstones.get(tombstone)],
            [max(ends, default=None)],
        )
        if any(end < begin for end in ends):
            yield f"{name}: was erased up to {min(ends)} only, and asked for at {begin}"


def _left(lives: Lives) -> Iterator[str]:
    """No row begins before its customer's end."""
    for row in lives.outcome.rows:
        end = lives.erased_at.get(row.customer_id)
        if end is not None and (first := row.history.first_seen_at) <= from_datetime(end):
            yield f"{row.customer_id}: has something of {to_datetime(first)}, erased up to {end}"


def _tombstone(name: str) -> bytes:
    return tombstone_of(SALT.encode(), name.encode())
