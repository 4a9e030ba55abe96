"""The compiled policy in force, for a role that only reads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from schemas.policy import Policy, load_default_policy, load_policy
from services.platform.faults import NotReadError
from services.platform.kafka.security import security_of
from services.platform.policies.followed import FollowedPolicies
from services.platform.policies.publications import open_published_policies
from services.platform.settings import Settings
from services.platform.tasks import end
from topology.domain.policy.compile import compile_policy
from topology.domain.policy.rulebook import Rulebook

Books = Callable[[], Rulebook]
"""Returns the policy in force at the time of the call."""


class CurrentBook:
    """Returns the policy in force. It compiles each policy once, when that comes into force.

    Args:
        policy: the settings' file; else the default policy.
        followed: the published policies; None if the file decides.
        sends_everything: as `compile_policy` has it.
    """

    def __init__(
        self, policy: Policy, followed: FollowedPolicies | None, *, sends_everything: bool
    ) -> None:
        self._policy = policy
        self._followed = followed
        self._sends_everything = sends_everything
        self._book = self._compile(policy)

    def __call__(self) -> Rulebook:
        """Return the compiled policy."""
        found = None if self._followed is None else self._followed.in_force()
        policy = self._policy if found is None else found.policy
        if policy.version != self._book.version:
            self._book = self._compile(policy)
        return self._book

    def _compile(self, policy: Policy) -> Rulebook:
        return compile_policy(policy, sends_everything=self._sends_everything)


@asynccontextmanager
async def open_current_book(settings: Settings, kafka: str) -> AsyncIterator[CurrentBook]:
    """Follow the policy in force. While Kafka has not answered yet, it is the default policy.

    Raises:
        PolicyError: the file of the settings can't be used.
    """
    is_replay = settings.clock == "topic"  # As `topology.app` compiles it.
    if settings.policy is not None:
        yield CurrentBook(load_policy(settings.policy), None, sends_everything=is_replay)
        return
    async with open_published_policies(kafka, security_of(settings)) as published:
        followed = FollowedPolicies(published, lambda: datetime.now(UTC))
        with suppress(NotReadError):
            await followed.take()
        following = asyncio.create_task(followed.follow())
        try:
            yield CurrentBook(load_default_policy(), followed, sends_everything=is_replay)
        finally:
            await end([following])
