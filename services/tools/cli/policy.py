"""`stammkunde policy`."""

from pathlib import Path

import click


@click.group()
def policy() -> None:
    """Work with a retention policy."""


@policy.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say whether FILE is a policy, and if not, each fault with file, line and field.

    It connects to nothing. A policy that is ok can be named in STAMMKUNDE_POLICY.
    """
    from schemas.policy import load_policy

    click.echo(f"ok, version {load_policy(file).version}")
