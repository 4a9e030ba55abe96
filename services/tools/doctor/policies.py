"""Checks the published policies: which one is in force, and whether this release can use it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from schemas.policy_history import PolicyHistory, PublishedPolicy
from services.platform.faults import FaultError
from services.platform.policies.publications import Publications, fetch_publications
from services.platform.settings import Settings
from services.tools.doctor.finding import Finding, note, ok, wrong
from topology.batching.security import KafkaSecurity

SUBJECT = "policies"


async def check_policies(settings: Settings, kafka: str, security: KafkaSecurity) -> list[Finding]:
    """Check those that count now or later; those before are history."""
    try:
        found = await fetch_publications(kafka, security)
    except FaultError as error:
        return [wrong(SUBJECT, str(error))]
    history, now = PolicyHistory(), datetime.now(UTC)
    history.replace(found.readable)
    for each in found.readable:
        if each.in_force_from > now:
            history.policy_of(each)
    in_force = history.at(now)
    return [_in_force(settings, in_force), *_unusable(found, history, in_force)]


def _in_force(settings: Settings, in_force: PublishedPolicy | None) -> Finding:
    if in_force is None:
        return ok(SUBJECT, "none that was published is in force")
    publication = in_force.publication
    message = (
        f"revision {publication.revision}, version {publication.version}, is in force since "
        f"{publication.in_force_from:%Y-%m-%d %H:%M:%S} UTC"
    )
    if settings.policy is not None:
        return note(SUBJECT, f"{message}, but not for roles with STAMMKUNDE_POLICY, as here")
    return ok(SUBJECT, message)


def _unusable(
    found: Publications, history: PolicyHistory, in_force: PublishedPolicy | None
) -> Iterator[Finding]:
    since = 0 if in_force is None else in_force.publication.revision
    for revision, reason in history.unusable.items():
        if revision > since:
            yield wrong(SUBJECT, f"this release can't use revision {revision}: {reason}")
    for key, reason in found.broken.items():
        if not key.isdecimal() or int(key) > since:
            yield wrong(SUBJECT, f"the record {key!r} can't be read: {reason}")
