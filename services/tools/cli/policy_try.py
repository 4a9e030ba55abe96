"""The work of `stammkunde policy try`."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from schemas.policy import load_policy
from services.tools.cli.startup import connect_command
from services.trials.assemble import Compared, PolicyFile
from services.trials.history import ArchiveChoice
from services.trials.terminal import write_report
from services.trials.trial import Report, TrialRequest, policy_in_force, run_trial

DEFECT: Final = 3
"""The exit status if the trial does not give the triggers that were really sent."""


def try_policy(
    new: Path, old: Path | None, since: timedelta, archive: ArchiveChoice, *, as_json: bool
) -> int:
    """Run a trial, and print its report.

    Raises:
        PolicyError: a policy can't be used.
        FaultError: there is no Kafka or no history, the archive can't be used, or a comparison
            would mean nothing.
    """
    new_file = PolicyFile(str(new), load_policy(new))
    old_file = None if old is None else PolicyFile(str(old), load_policy(old))
    settings, kafka = connect_command("policy try")
    in_force = asyncio.run(policy_in_force(settings, kafka))
    compared = Compared(old_file or in_force, new_file, in_force.policy.version)
    with _progress() as report:
        answer = run_trial(TrialRequest(compared, since, archive), settings, kafka, report)
    click.echo(answer.model_dump_json(by_alias=True) if as_json else write_report(answer))
    return DEFECT if answer.proof.holds is False else 0


@contextmanager
def _progress() -> Iterator[Report]:
    """Show the progress on stderr: a bar on a terminal, else nothing."""
    console = Console(file=sys.stderr)
    bar = Progress(
        TextColumn("trying both policies"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("records"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("records", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
