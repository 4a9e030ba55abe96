"""Follows the published policies, so that a role goes on under them without a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, NoReturn

import structlog
from aiokafka.errors import KafkaError

from schemas.policy import Policy, PolicyError
from schemas.policy_history import PolicyHistory, PublishedPolicy, timeline
from schemas.policy_publication import PolicyPublication
from services.platform.faults import NotReadError
from services.platform.policies.publications import Publications, PublishedPolicies

_log = structlog.get_logger(__name__)

_RETRY_S: Final = 1.0

Check = Callable[[Policy], Awaitable[None]]
"""Checks whether a policy can be used here; raises PolicyError if not."""


async def accept(_: Policy) -> None:
    """Accept any policy: this role only reads."""


class FollowedPolicies:
    """The published policies that this role can use."""

    def __init__(
        self, published: PublishedPolicies, now: Callable[[], datetime], check: Check = accept
    ) -> None:
        self.history = PolicyHistory()
        self._published = published
        self._now = now
        self._check = check
        self._taken = Publications()
        self._version = -1
        self._position = 0
        self._reported: set[int] = set()

    @property
    def position(self) -> int:
        """The offset up to which the topic has been read into `history`."""
        is_taken = self._published.version == self._version
        return self._published.reached if is_taken else self._position

    @property
    def unusable(self) -> int:
        """How many publications since the one in force can't be used here, as far as is known."""
        found = self.in_force()
        since = 0 if found is None else found.publication.revision
        broken = [int(key) for key in self._taken.broken if key.isdecimal()]
        return sum(revision > since for revision in [*self.history.unusable, *broken])

    def in_force(self) -> PublishedPolicy | None:
        """Return the publication in force now; None: it is the default policy."""
        return self.history.at(self._now())

    async def take(self) -> None:
        """Take all publications that there are by now.

        Raises:
            NotReadError: Kafka is away, and they have never been read.
        """
        version, position = self._published.version, self._published.reached
        found, known = self._published.all(), {each.revision for each in self._taken.readable}
        fresh = [each for each in found.readable if each.revision not in known]
        for publication in self._coming(fresh):
            await self._read(publication)
        # Not before: a partition would go on under a policy that was not checked yet.
        self.history.replace(found.readable)
        self.in_force()
        for publication in fresh if self._version >= 0 else ():
            _log.info(
                "a policy was published",
                revision=publication.revision,
                version=publication.version,
                by=publication.published_by,
                in_force_from=publication.in_force_from.isoformat(),
            )
        for key in found.broken.keys() - self._taken.broken.keys():
            _log.error("a published policy can't be read", key=key, reason=found.broken[key])
        self._report()
        self._taken, self._version, self._position = found, version, position

    async def follow(self) -> NoReturn:
        """Take each publication, until cancelled."""
        while True:
            await self._published.wait_change(self._version)
            try:
                await self.take()
            except NotReadError:
                await asyncio.sleep(_RETRY_S)
            except (KafkaError, OSError) as error:
                _log.warning("a published policy could not be checked yet", reason=str(error))
                await asyncio.sleep(_RETRY_S)

    def note_rejected(self, revision: int, reason: str) -> None:
        """Leave a publication out, and report it."""
        self.history.reject(revision, reason)
        self._report()

    def _coming(self, fresh: list[PolicyPublication]) -> list[PolicyPublication]:
        """Those that are in force now or later. Earlier ones are read if a partition needs them."""
        line, now = timeline(fresh), self._now()
        started = [each for each in line if each.in_force_from <= now]
        return [*started[-1:], *(each for each in line if each.in_force_from > now)]

    async def _read(self, publication: PolicyPublication) -> None:
        policy = await asyncio.to_thread(self.history.policy_of, publication)
        if policy is None:
            return
        try:
            await self._check(policy)
        except PolicyError as error:
            self.history.reject(publication.revision, str(error))

    def _report(self) -> None:
        for revision in sorted(self.history.unusable.keys() - self._reported):
            self._reported.add(revision)
            _log.error(
                "a published policy can't be used",
                revision=revision,
                reason=self.history.unusable[revision],
            )
