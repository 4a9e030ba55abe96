"""The work of `stammkunde policy list`, `show` and `diff`."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from schemas.policy import load_default_policy
from schemas.policy.load import PolicySource, load_default_source, load_source
from schemas.policy_history import PolicyHistory, name_of
from schemas.policy_publication import PolicyPublication
from services.platform.faults import FaultError
from services.platform.kafka.security import security_of
from services.platform.policies.publications import Publications, fetch_publications
from services.platform.settings import Settings
from services.tools.cli.policy_publish import AT_ONCE, utc
from services.tools.cli.startup import connect_command

DEFAULT: Final = "default"
"""What the policy that ships with the package is called, beside its version."""


class UnknownVersionError(FaultError):
    """There is no such version, and no such file."""

    def __init__(self, name: str, found: Publications) -> None:
        known = dict.fromkeys(each.version for each in reversed(found.readable))
        listed = ", ".join([*known, f"{load_default_policy().version} ({DEFAULT})"])
        super().__init__(f"{name!r} is no version of the policy. There are: {listed}.")


class State(NamedTuple):
    """What has become of the publications so far."""

    in_force: PolicyPublication | None
    """None: the default policy is in force."""
    unusable: dict[int, str]
    """The revisions that this release can't use, with the reasons."""
    now: datetime

    def of(self, publication: PolicyPublication) -> str:
        """Say it of one of them in a few words."""
        if publication.revision in self.unusable:
            return "this release can't use it"
        if self.in_force is not None and publication.revision == self.in_force.revision:
            return "in force"
        is_later = self.in_force is None or publication.revision > self.in_force.revision
        return "not yet" if is_later and publication.in_force_from > self.now else "replaced"


def list_policies(*, as_json: bool) -> None:
    """Print all publications, the newest first.

    Raises:
        FaultError: there is no Kafka.
    """
    settings, found = _fetch("policy list")
    state = _state_of(found)
    if as_json:
        click.echo(json.dumps(_listed(found, state), ensure_ascii=False))
        return
    for line in _table(found, state):
        click.echo(line)
    _warn(settings)


def show_policy(name: str, *, as_json: bool) -> None:
    """Print the text of a version.

    Raises:
        FaultError: there is no Kafka, or no such version.
    """
    _, found = _fetch("policy show")
    publication, source, version = _find(name, found)
    if as_json:
        shown = {"version": version, "text": source.text, "files": dict(source.files)}
        about = {} if publication is None else publication.model_dump(mode="json")
        click.echo(json.dumps({**about, **shown}, ensure_ascii=False))
        return
    if publication is not None:
        click.echo(_about(publication, _state_of(found)), err=True)
    click.echo(source.text, nl=not source.text.endswith("\n"))
    for file in source.files:
        click.echo(f"It names the file {file}: --json prints that, too.", err=True)


def diff_policies(old: str, new: str, *, as_json: bool) -> None:
    """Print what differs between two policies, each a version or a file.

    Raises:
        PolicyError: a file is no policy.
        FaultError: there is no Kafka, or no such version.
    """
    names, found = (old, new), Publications()
    if not all(Path(name).is_file() for name in names):
        _, found = _fetch("policy diff")
    (one, before), (other, after) = (_named(name, found) for name in names)
    lines = [*_differences(names, one, other)]
    if as_json:
        result = {"old": before, "new": after, "decide_alike": before == after, "diff": lines}
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)
    if before == after:
        click.echo(f"Both decide alike: they are version {before}.", err=True)


def _fetch(command: str) -> tuple[Settings, Publications]:
    settings, kafka = connect_command(command)
    return settings, asyncio.run(fetch_publications(kafka, security_of(settings)))


def _state_of(found: Publications) -> State:
    history, now = PolicyHistory(), datetime.now(UTC)
    history.replace(found.readable)
    in_force = history.at(now)
    for each in found.readable:
        if each.in_force_from > now:
            history.policy_of(each)
    publication = None if in_force is None else in_force.publication
    return State(publication, dict(history.unusable), now)


def _find(name: str, found: Publications) -> tuple[PolicyPublication | None, PolicySource, str]:
    for each in reversed(found.readable):
        if name in {each.version, str(each.revision)}:
            return each, PolicySource(each.text, each.files), each.version
    default = load_default_policy().version
    if name in {DEFAULT, default}:
        return None, load_default_source(), default
    raise UnknownVersionError(name, found)


def _named(name: str, found: Publications) -> tuple[PolicySource, str]:
    if Path(name).is_file():
        policy, source = load_source(Path(name))
        return source, policy.version
    _, source, version = _find(name, found)
    return source, version


def _differences(names: tuple[str, str], one: PolicySource, other: PolicySource) -> Iterator[str]:
    yield from _unified(names, one.text, other.text)
    for file in sorted({*one.files, *other.files}):
        both = (f"{names[0]}: {file}", f"{names[1]}: {file}")
        yield from _unified(both, one.files.get(file, ""), other.files.get(file, ""))


def _unified(names: tuple[str, str], one: str, other: str) -> Iterator[str]:
    return unified_diff(one.splitlines(), other.splitlines(), *names, lineterm="")


def _listed(found: Publications, state: State) -> dict[str, Any]:
    in_force = state.in_force
    version = load_default_policy().version if in_force is None else in_force.version
    return {
        "in_force": version,
        "publications": [
            {**each.model_dump(mode="json", exclude={"text", "files"}), "state": state.of(each)}
            for each in reversed(found.readable)
        ],
        "broken": [{"key": key, "reason": reason} for key, reason in found.broken.items()],
    }


def _table(found: Publications, state: State) -> Iterator[str]:
    if found.readable:
        yield "revision  version       in force from            by            state"
    for each in reversed(found.readable):
        since = "at once" if each.in_force_from == AT_ONCE else utc(each.in_force_from)
        more = "  ".join(filter(None, (each.note, each.trial_id)))
        yield (
            f"{each.revision:8}  {each.version}  {since:23}  {each.published_by or '':12}  "
            f"{state.of(each):9} {more}"
        ).rstrip()
    if state.in_force is None:
        yield f"The default policy is in force, version {load_default_policy().version}."
    for revision, reason in state.unusable.items():
        yield f"revision {revision} can't be used: {reason}"
    for key, reason in found.broken.items():
        yield f"the record {key!r} can't be read: {reason}"


def _about(publication: PolicyPublication, state: State) -> str:
    by = publication.published_by or "somebody"
    text = (
        f"# {name_of(publication)}, version {publication.version}: {state.of(publication)}\n"
        f"# {by} published it at {utc(publication.published_at)}; it replaces "
        f"{publication.replaces}; in force from {utc(publication.in_force_from)}"
    )
    if publication.trial_id is not None:
        text += f"\n# after the trial {publication.trial_id}"
    return text if publication.note is None else f"{text}\n# {publication.note}"


def _warn(settings: Settings) -> None:
    if settings.policy is not None:
        click.echo(
            f"STAMMKUNDE_POLICY is set here: roles with it use {settings.policy}, whatever is "
            "published.",
            err=True,
        )
