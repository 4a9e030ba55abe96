"""Follows the published policies, so that the worker's partitions go on without a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, NoReturn

import structlog
from aiokafka.errors import KafkaError

from schemas.policy import Policy
from schemas.policy_history import PolicyHistory, PublishedPolicy, timeline
from schemas.policy_publication import PolicyPublication
from services.platform.policies.publications import Publications, PublishedPolicies
from topology.agents.currency import CurrencyError

_log = structlog.get_logger(__name__)

_RETRY_S: Final = 1.0

CheckCurrency = Callable[[str], Awaitable[None]]
"""Checks that no row is in another currency than this one; raises CurrencyError."""


class FollowedPolicies:
    """The published policies that this worker can use. It is a `PublishedHistory`.

    Args:
        published: all that there are.
        default: the policy before the first publication.
        check_currency: checks the rows.
        now: the machine's time.
    """

    def __init__(
        self,
        published: PublishedPolicies,
        default: Policy,
        check_currency: CheckCurrency,
        now: Callable[[], datetime],
    ) -> None:
        self.history = PolicyHistory()
        self._published = published
        self._default = default
        self._check_currency = check_currency
        self._now = now
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
        """How many publications this worker can't use, as far as it knows."""
        return len(self.history.unusable) + len(self._taken.broken)

    async def begin(self) -> Policy:
        """Take all publications that there are, and return the policy in force now.

        Raises:
            NotReadError: Kafka has gone away.
            CurrencyError: there are rows in another currency than the default policy's, which would
                be in force.
        """
        await self._take()
        while True:
            found = self._in_force()
            policy = self._default if found is None else found.policy
            try:
                await self._check_currency(policy.currency)
            except CurrencyError as error:
                if found is None:
                    raise
                self.note_rejected(found.publication.revision, str(error))
            else:
                self._report()
                return policy

    async def follow(self) -> NoReturn:
        """Take each publication, until cancelled."""
        while True:
            await self._published.wait_change(self._version)
            try:
                await self._take()
            except (KafkaError, OSError) as error:
                _log.warning("a published policy could not be checked yet", reason=str(error))
                await asyncio.sleep(_RETRY_S)

    def note_rejected(self, revision: int, reason: str) -> None:
        """Leave a publication out, and say so."""
        self.history.reject(revision, reason)
        self._report()

    def _in_force(self) -> PublishedPolicy | None:
        return self.history.at(self._now())

    async def _take(self) -> None:
        version, position = self._published.version, self._published.reached
        found, known = self._published.all(), {each.revision for each in self._taken.readable}
        fresh = [each for each in found.readable if each.revision not in known]
        for publication in self._coming(fresh):
            await self._check(publication)
        # Only now: at a batch between, a partition would go on under a policy that was not checked.
        self.history.replace(found.readable)
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
        self._taken, self._version, self._position = found, version, position
        self._report()

    def _coming(self, fresh: list[PolicyPublication]) -> list[PolicyPublication]:
        """Those that are in force now or later. Earlier ones are read if a partition needs them."""
        line, now = timeline(fresh), self._now()
        started = [each for each in line if each.in_force_from <= now]
        return [*started[-1:], *(each for each in line if each.in_force_from > now)]

    async def _check(self, publication: PolicyPublication) -> None:
        policy = await asyncio.to_thread(self.history.policy_of, publication)
        found = self._in_force()
        current = self._default if found is None else found.policy
        if policy is None or policy.currency == current.currency:
            return
        try:
            await self._check_currency(policy.currency)
        except CurrencyError as error:
            self.history.reject(publication.revision, str(error))

    def _report(self) -> None:
        for revision in sorted(self.history.unusable.keys() - self._reported):
            self._reported.add(revision)
            _log.error(
                "a published policy can't be used",
                revision=revision,
                reason=self.history.unusable[revision],
            )
