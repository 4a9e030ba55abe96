"""Policy handlers: a journey for each published policy, from the instant it is in force."""

from collections.abc import Callable
from typing import Final, Protocol

from faust.types import TP

from schemas.policy import Policy
from schemas.policy_history import PolicyHistory
from schemas.topics import POLICIES
from topology.agents.journey import Journey
from topology.batching.errors import BatchingError
from topology.batching.handlers import HandlerInForce
from topology.domain.history.instant import from_datetime, to_datetime

PLACE: Final = TP(POLICIES, 0)


class PublishedHistory(Protocol):
    """The published policies, as far as this worker has read them."""

    @property
    def history(self) -> PolicyHistory:
        """Those that this worker can use."""
        ...

    @property
    def position(self) -> int:
        """The offset up to which their topic has been read into `history`."""
        ...

    def note_rejected(self, revision: int, reason: str) -> None:
        """Leave a publication out, and say so."""
        ...


class PolicyHandlers:
    """The handlers of a worker that follows the published policies.

    Args:
        default: the policy before the first publication.
        published: the publications.
        journey_of: makes the handler of a policy.
    """

    def __init__(
        self, default: Policy, published: PublishedHistory, journey_of: Callable[[Policy], Journey]
    ) -> None:
        self._default = default
        self._published = published
        self._journey_of = journey_of
        self._journeys: dict[str, Journey] = {}
        self._in_force: dict[int, HandlerInForce] = {}

    @property
    def decided_in(self) -> TP | None:
        """Where the publications are."""
        return PLACE

    @property
    def position(self) -> int:
        """The offset up to which they have been read."""
        return self._published.position

    def at(self, clock: int) -> HandlerInForce:
        """Return the journey of the policy that is in force at an instant."""
        found = self._published.history.at(to_datetime(clock))
        revision = 0 if found is None else found.publication.revision
        in_force = self._in_force.get(revision)
        if in_force is None:
            policy = self._default if found is None else found.policy
            since = 0 if found is None else from_datetime(found.publication.in_force_from)
            in_force = HandlerInForce(self._journey(policy), policy.version, since)
            self._in_force[revision] = in_force
        return in_force

    def next_change(self, clock: int) -> int | None:
        """Return when the next publication comes into force."""
        at = self._published.history.next_change(to_datetime(clock))
        return None if at is None else from_datetime(at)

    def reject(self, rejected: HandlerInForce, error: BatchingError) -> bool:
        """Leave out a publication that can't continue the rows; not the default policy."""
        for revision, in_force in self._in_force.items():
            if in_force is rejected and revision:
                self._published.note_rejected(revision, str(error))
                return True
        return False

    def _journey(self, policy: Policy) -> Journey:
        journey = self._journeys.get(policy.version)
        if journey is None:
            journey = self._journeys[policy.version] = self._journey_of(policy)
        return journey
