"""`stammkunde policy`."""

from pathlib import Path

import click


@click.group()
def policy() -> None:
    """Check a retention policy."""


@policy.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check the policy in FILE.

    It prints each error with file, line and field, and connects to no server. Set STAMMKUNDE_POLICY
    to FILE to use the policy.
    """
    from schemas.policy import load_policy

    click.echo(f"ok, version {load_policy(file).version}")
