"""The policy in force: that of the settings' file, else the published one, else the default."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from schemas.policy import Policy, load_default_policy, load_policy
from schemas.policy_history import PolicyHistory
from schemas.policy_publication import PolicyPublication
from services.platform.kafka.security import security_of
from services.platform.policies.publications import fetch_publications
from services.platform.settings import Settings

THE_DEFAULT: Final = "the default policy"


class PolicyInForce(NamedTuple):
    """A policy, what it is called, and its publication if it was published."""

    policy: Policy
    name: str
    publication: PolicyPublication | None = None


def policy_at(settings: Settings, history: PolicyHistory, now: datetime) -> PolicyInForce:
    """Return the policy in force at an instant, for any role.

    Raises:
        PolicyError: the file of the settings can't be used.
    """
    if settings.policy is not None:
        return PolicyInForce(load_policy(settings.policy), str(settings.policy))
    found = history.at(now)
    if found is None:
        return PolicyInForce(load_default_policy(), THE_DEFAULT)
    publication = found.publication
    name = f"revision {publication.revision}, version {publication.version}"
    return PolicyInForce(found.policy, name, publication)


async def fetch_policy_in_force(settings: Settings, kafka: str) -> PolicyInForce:
    """Return the policy in force now. It reads the published ones once, if no file decides.

    Raises:
        PolicyError: the file of the settings can't be used.
        KafkaUnreachableError: no broker answers.
    """
    history = PolicyHistory()
    if settings.policy is None:
        history.replace((await fetch_publications(kafka, security_of(settings))).readable)
    return policy_at(settings, history, datetime.now(UTC))
