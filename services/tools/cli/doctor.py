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
    """Say what is wrong with this installation, if anything is.

    It looks at Python, Java, the policy, the disk and the demo's orders, and at the Kafka and
    Redis of KAFKA_BOOTSTRAP_SERVERS and REDIS_URL, or of the local stack that runs. The exit
    status is 1 if something is wrong; a note is only worth knowing.
    """
    from services.platform.logs import log_as_a_command
    from services.platform.settings import Settings
    from services.tools.cli.startup import cancelled_by_signal
    from services.tools.doctor.examine import examine
    from services.tools.doctor.finding import Verdict

    settings = Settings.from_environment()
    log_as_a_command()
    findings = cancelled_by_signal(examine(settings)) or []
    for found in findings:
        click.echo(_line(found))
    return int(any(found.verdict is Verdict.WRONG for found in findings))


def _line(found: "Finding") -> str:
    """A finding in one line; on a terminal what is too long goes on below its beginning."""
    head = f"{found.verdict:5}  {found.subject:13}  "
    if not sys.stdout.isatty():
        return head + found.said
    room = max(shutil.get_terminal_size().columns - len(head), LEAST_ROOM)
    rows = textwrap.wrap(found.said, room, break_on_hyphens=False, break_long_words=False)
    return head + ("\n" + " " * len(head)).join(rows)
