"""`stammkunde policy`."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from services.tools.cli.instant_param import InstantParam
from services.tools.cli.span import Days


@click.group()
def policy() -> None:
    """Check, try, publish and compare retention policies.

    Published policies have a history, and workers follow it without a restart. Roles whose
    STAMMKUNDE_POLICY names a file use that file instead.
    """


@policy.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check the policy in FILE.

    It prints each error with file, line and field, and connects to no server. Set STAMMKUNDE_POLICY
    to FILE to use the policy.
    """
    from schemas.policy import load_policy

    click.echo(f"ok, version {load_policy(file).version}")


@policy.command(name="try")
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--since",
    type=Days(),
    default="90d",
    show_default=True,
    help="Compare the triggers of this time before the end, such as 30d or 12w.",
)
@click.option(
    "--old",
    type=click.Path(path_type=Path),
    help="The policy to compare with. If it is left out: the one in force.",
)
@click.option(
    "--archive",
    help="The archive that has what Kafka has deleted, a folder or s3://BUCKET/PREFIX. By default "
    "that of the settings.",
)
@click.option(
    "--skip-damaged", is_flag=True, help="Leave out what is faulty in the archive, and count it."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def try_(new: Path, since: timedelta, old: Path | None, *, as_json: bool, **archive: Any) -> int:
    """Try the policy NEW: what would it have done, and what would it do next?

    Both policies decide over all events that Kafka and the archive have, by the code of the
    workers. Nothing is written, and no trigger is sent. The report says where customers stand,
    which triggers differ and why, what falls due next, and what a trial can't know. The exit status
    is 3 if the trial does not give the triggers that were really sent.
    """
    from services.tools.cli.policy_try import try_policy
    from services.trials.history import ArchiveChoice

    choice = ArchiveChoice(archive["archive"], archive["skip_damaged"])
    return try_policy(new, old, since, choice, as_json=as_json)


@policy.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(*, as_json: bool) -> None:
    """List the published policies, the newest first: who, when, and which one is in force."""
    from services.tools.cli.policy_history import list_policies

    list_policies(as_json=as_json)


@policy.command()
@click.argument("version")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object.")
def show(version: str, *, as_json: bool) -> None:
    """Print the policy of a VERSION, or of a revision number; `default` is the shipped one.

    The text goes to stdout, so that `stammkunde policy show VERSION > old.yaml` and `policy publish
    old.yaml` go back to it.
    """
    from services.tools.cli.policy_history import show_policy

    show_policy(version, as_json=as_json)


@policy.command()
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def diff(old: str, new: str, *, as_json: bool) -> None:
    """Print what differs between OLD and NEW, each a file, a version or a revision number."""
    from services.tools.cli.policy_history import diff_policies

    diff_policies(old, new, as_json=as_json)


@policy.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--note", help="Why, for the list.")
@click.option("--trial", "trial_id", help="The trial that you looked at.")
@click.option("--replaces", help="Publish only if this version is the one published last.")
@click.option("--at", type=InstantParam(), help="When it comes into force. [default: in 5 s]")
@click.option("--by", help="Who publishes it. [default: the system's user]")
@click.option(
    "--release",
    metavar="RATE",
    help="Release what the switch holds, at most so many an hour, such as 200/hour.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def publish(  # noqa: PLR0913, PLR0917 - each is an option
    file: Path,
    note: str | None,
    trial_id: str | None,
    replaces: str | None,
    at: datetime | None,
    by: str | None,
    release: str | None,
    *,
    as_json: bool,
) -> None:
    """Publish the policy in FILE: all partitions of all workers go on under it, at one instant.

    If somebody else publishes at the same time, one of both wins, and the other gets an error.
    """
    from schemas.policy_publication import LONGEST_NOTE
    from services.tools.cli.policy_publish import PublishOptions, publish_policy
    from services.tools.cli.policy_release import per_hour_of

    for name, text in (("--note", note), ("--trial", trial_id)):
        if text is not None and len(text) > LONGEST_NOTE:
            message = f"write at most {LONGEST_NOTE} characters"
            raise click.BadParameter(message, param_hint=name)
    options = PublishOptions(
        note=note,
        trial_id=trial_id,
        replaces=replaces,
        at=at,
        by=by,
        release=None if release is None else per_hour_of(release),
    )
    publish_policy(file, options, as_json=as_json)
