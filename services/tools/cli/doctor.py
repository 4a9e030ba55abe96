"""`stammkunde doctor`."""

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from services.tools.doctor.finding import Finding

LEAST_ROOM: Final = 20


@click.command()
def doctor() -> int:
    """Find out what is wrong with this installation.

    It checks Python, Java, the policy, the disk and the demo's orders, the Kafka and Redis of
    KAFKA_BOOTSTRAP_SERVERS and REDIS_URL, or of the running local stack, and the archive. The exit
    status is 1 if something is WRONG. A note is no error.
    """
    from services.platform.logs import log_as_a_command
    from services.platform.settings import Settings
    from services.tools.cli.startup import run_until_signal
    from services.tools.doctor.examine import examine
    from services.tools.doctor.finding import Verdict

    settings = Settings.from_environment()
    log_as_a_command()
    findings = run_until_signal(examine(settings)) or []
    for found in findings:
        click.echo(_line(found))
    return int(any(found.verdict is Verdict.WRONG for found in findings))


def _line(found: "Finding") -> str:
    """Format a finding as one line; on a terminal, wrap its message below its beginning."""
    head = f"{found.verdict:5}  {found.subject:13}  "
    if not sys.stdout.isatty():
        return head + found.message
    room = max(shutil.get_terminal_size().columns - len(head), LEAST_ROOM)
    rows = textwrap.wrap(found.message, room, break_on_hyphens=False, break_long_words=False)
    return head + ("\n" + " " * len(head)).join(rows)
