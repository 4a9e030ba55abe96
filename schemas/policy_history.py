"""The history of the policy: which publication is in force at which instant."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from schemas.policy.load import PolicyError, PolicySource, parse_source
from schemas.policy.model import Policy
from schemas.policy_publication import PolicyPublication


class PublishedPolicy(NamedTuple):
    """A publication, and the policy in it."""

    publication: PolicyPublication
    policy: Policy


def name_of(publication: PolicyPublication) -> str:
    """Return what messages call a publication."""
    return f"revision {publication.revision} of the published policies"


def policy_in(publication: PolicyPublication) -> Policy:
    """Read the policy in a publication.

    Raises:
        PolicyError: this release can't use it.
    """
    name = name_of(publication)
    policy = parse_source(PolicySource(publication.text, publication.files), name)
    if policy.version != publication.version:
        raise PolicyError(
            f"{name}: for this release its text is version {policy.version}, and it calls itself "
            f"{publication.version}: another release published it, or somebody changed it"
        )
    return policy


def timeline(publications: Iterable[PolicyPublication]) -> tuple[PolicyPublication, ...]:
    """Return the publications that come into force, in the order in which they do.

    A later one replaces all that would come into force after it.
    """
    found: list[PolicyPublication] = []
    for each in sorted(publications, key=lambda each: each.revision):
        while found and found[-1].in_force_from >= each.in_force_from:
            found.pop()
        found.append(each)
    return tuple(found)


class PolicyHistory:
    """The publications that can be used: the others are left out, as if nobody had published them.

    It reads the text of a policy when that is first needed.
    """

    def __init__(self) -> None:
        self._all: tuple[PolicyPublication, ...] = ()
        self._line: tuple[PolicyPublication, ...] = ()
        self._policies: dict[int, Policy] = {}
        self._unusable: dict[int, str] = {}

    @property
    def unusable(self) -> Mapping[int, str]:
        """The revisions that can't be used, as far as is known, with the reasons."""
        return self._unusable

    def replace(self, publications: Iterable[PolicyPublication]) -> None:
        """Take all publications that there are."""
        self._all = tuple(publications)
        self._draw()

    def reject(self, revision: int, reason: str) -> None:
        """Leave a publication out."""
        self._unusable[revision] = reason
        self._draw()

    def at(self, instant: datetime) -> PublishedPolicy | None:
        """Return what is in force at an instant; None before the first publication.

        Then the default policy is in force.
        """
        while (place := bisect_right(self._line, instant, key=lambda it: it.in_force_from)) > 0:
            publication = self._line[place - 1]
            policy = self.policy_of(publication)
            if policy is not None:
                return PublishedPolicy(publication, policy)
        return None

    def next_change(self, instant: datetime) -> datetime | None:
        """Return when the next publication after an instant comes into force, or None."""
        place = bisect_right(self._line, instant, key=lambda it: it.in_force_from)
        return self._line[place].in_force_from if place < len(self._line) else None

    def policy_of(self, publication: PolicyPublication) -> Policy | None:
        """Return the policy in a publication; None if it can't be used: it is left out then."""
        revision = publication.revision
        if revision not in self._policies and revision not in self._unusable:
            try:
                self._policies[revision] = policy_in(publication)
            except PolicyError as error:
                self.reject(revision, str(error))
        return None if revision in self._unusable else self._policies[revision]

    def _draw(self) -> None:
        self._line = timeline(each for each in self._all if each.revision not in self._unusable)
