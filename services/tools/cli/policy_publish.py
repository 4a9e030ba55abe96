"""The work of `stammkunde policy publish`."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import click

from schemas.audit import AuditedAction
from schemas.policy import Policy
from schemas.policy.load import load_source
from schemas.policy_publication import PolicyPublication
from schemas.topics import catalogue, changelog
from services.platform.audit.command_audit import audited_command, os_user
from services.platform.faults import FaultError
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.policies.publications import fetch_publications
from services.platform.policies.publisher import (
    Draft,
    OutdatedDraftError,
    publish,
    replaced_version,
)
from services.platform.settings import Settings
from services.tools.cli.policy_release import release_what_it_held
from services.tools.cli.startup import connect_command, run_until_signal
from services.worker.rows_check import check_rows
from topology.agents.currency import CurrencyError

AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Under a clock from the topic: its ticks may be of any year."""


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """What the command was given beside the file."""

    note: str | None
    trial_id: str | None
    replaces: str | None
    at: datetime | None
    by: str | None
    release: int | None
    """What the switch holds is released, so many an hour; None: it stays for review."""


def publish_policy(file: Path, options: PublishOptions, *, as_json: bool) -> None:
    """Publish a policy, and print what was done.

    Raises:
        PolicyError: the policy can't be used.
        FaultError: it can't be published, or somebody else has published meanwhile.
    """
    policy, source = load_source(file)
    settings, kafka = connect_command("policy publish")
    if options.release is not None:
        _check_releasable(settings)
    draft = Draft(
        policy.version,
        source,
        in_force_from=_instant(options.at, settings),
        published_by=options.by or os_user(),
        note=options.note,
        trial_id=options.trial_id,
    )
    outcome = run_until_signal(_publish(settings, kafka, policy, draft, options.replaces))
    if outcome is None:
        return
    publication, is_new = outcome
    if settings.policy is not None:
        click.echo(
            f"Roles whose STAMMKUNDE_POLICY is set, as it is here ({settings.policy}), use that "
            "file and no published policy.",
            err=True,
        )
    write = _json if as_json else _text
    click.echo(write(publication, policy, is_new=is_new))
    if publication is not None and options.release is not None:
        _release(settings, kafka, publication, options.release, as_json=as_json)


def _check_releasable(settings: Settings) -> None:
    """Raise FaultError if the command would wait in vain for the workers."""
    if settings.clock == "topic":
        raise FaultError("--release needs the machine's clock: leave it out in a replay.")
    if settings.policy is not None:
        raise FaultError(
            f"--release waits for workers that follow what is published, and STAMMKUNDE_POLICY is "
            f"set here ({settings.policy}): leave out either of both."
        )


def _release(
    settings: Settings, kafka: str, publication: PolicyPublication, per_hour: int, *, as_json: bool
) -> None:
    click.echo(
        "Waiting until every partition has gone on under it, to release what the switch holds "
        "(Ctrl-C leaves that for review) ...",
        err=True,
    )
    now = partial(datetime.now, UTC)
    released = run_until_signal(release_what_it_held(settings, kafka, publication, per_hour, now))
    if released is not None:
        click.echo(json.dumps(released.as_json()) if as_json else released.as_text(per_hour))


async def _publish(
    settings: Settings, kafka: str, policy: Policy, draft: Draft, replaces: str | None
) -> tuple[PolicyPublication | None, bool]:
    """Return the publication (None: it is the default policy), and whether it is new."""
    security = security_of(settings)
    ready = await ensure_topics(kafka, catalogue(settings.app_id), settings.partitions, security)
    known = await fetch_publications(kafka, security)
    if replaces is not None and replaces != replaced_version(known):
        raise OutdatedDraftError(known.newest, replaces)
    if policy.version == replaced_version(known):
        return known.newest, False
    try:
        rows = changelog(settings.app_id)
        await check_rows(kafka, rows, ready.partitions, policy.currency, security)
    except CurrencyError as error:
        raise FaultError(f"Nothing was published: {error}.") from None
    async with audited_command(kafka, AuditedAction.PUBLISH_POLICY, policy.version, security):
        return await publish(kafka, security, draft, known, lambda: datetime.now(UTC)), True


def _instant(at: datetime | None, settings: Settings) -> datetime | None:
    if settings.clock == "topic":
        return at or AT_ONCE
    if at is not None and at <= datetime.now(UTC):
        msg = f"--at {at.isoformat()} is over: write a later time, or leave it out for now."
        raise FaultError(msg)
    return at


def _text(publication: PolicyPublication | None, policy: Policy, *, is_new: bool) -> str:
    if publication is None:
        return f"The default policy is version {policy.version}, too: nothing was published."
    if not is_new:
        return (
            f"Version {policy.version} is published already: revision {publication.revision}, by "
            f"{publication.published_by or 'somebody'} at {utc(publication.published_at)}. Nothing "
            "was done."
        )
    since = publication.in_force_from
    when = "at once" if since == AT_ONCE else f"from {utc(since)}"
    late = " (workers that read it later begin at the instant when they do)"
    return (
        f"Published version {publication.version} as revision {publication.revision}; it replaces "
        f"{publication.replaces}.\nEvery partition goes on under it {when}"
        f"{late if AT_ONCE < since < datetime.now(UTC) else ''}."
    )


def _json(publication: PolicyPublication | None, policy: Policy, *, is_new: bool) -> str:
    if publication is None:
        found = {"revision": None, "version": policy.version}
    else:
        found = publication.model_dump(mode="json", exclude={"text", "files"})
    return json.dumps({"published": is_new, **found}, ensure_ascii=False)


def utc(at: datetime) -> str:
    """Write an instant for a person."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
