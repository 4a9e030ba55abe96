"""`stammkunde policy`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from services.tools.cli.span import Days


@click.group()
def policy() -> None:
    """Check a retention policy, or try it before it is in force."""


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
    help="The policy to compare with. If it is left out: the one in force (STAMMKUNDE_POLICY).",
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
