"""Birthday: the customer's birthday begins."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from schemas.messages.traits import BIRTHDAY, TIME_ZONE
from schemas.policy.model import Policy
from schemas.policy.occasions.birthday import OnBirthday
from topology.domain.history.instant import Instant
from topology.domain.history.state import State
from topology.domain.occasions.kind import Kind, KindCase
from topology.domain.occasions.progress import Outlook
from topology.domain.occasions.set_off import Delay, Due, OnTraits, delay_of
from topology.domain.rules.calendar import next_birthday, zone_of


@dataclass(frozen=True, slots=True)
class _Begins(Due):
    zone: str
    """The shop's time zone, for customers who have named none."""

    def next(self, state: State, since: Instant) -> Instant | None:
        person = state.history.person
        born = person.trait(BIRTHDAY) if person.traits else None
        if born is None:
            return None
        return next_birthday(born, since, zone_of(person.trait(TIME_ZONE), self.zone))


class _OnBirthday(Kind[OnBirthday]):
    when = OnBirthday

    def words(self, when: OnBirthday) -> str:
        return "the birthday"

    def progress(self, own: KindCase[OnBirthday], outlook: Outlook) -> str:
        return "" if outlook.state.history.person.trait(BIRTHDAY) else "no birthday is known"

    def set_off(self, cases: tuple[KindCase[OnBirthday], ...], policy: Policy) -> Iterator[Delay]:
        for each in cases:
            yield delay_of(each.case, _Begins(policy.time_zone), "birthday", OnTraits())


KINDS: Final[tuple[Kind[Any], ...]] = (_OnBirthday(),)
