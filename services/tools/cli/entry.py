"""The entry point of the command: runs it, and decides its exit status."""

import signal
from typing import NoReturn

DONE = 0
WRONG = 1


def main() -> int:
    """Run the command line and return its exit status.

    0: done, or ended by Ctrl-C or SIGTERM. 1: something is wrong, and one sentence on stderr says
    what. 2: the command line is wrong.
    """
    signal.signal(signal.SIGTERM, _end)
    try:
        return _run()
    except KeyboardInterrupt:
        return DONE


def _end(_signal: int, _frame: object) -> NoReturn:
    # Not KeyboardInterrupt: if it is raised in generated code during an import, as of dataclasses,
    # Python records it and kills itself with SIGINT at exit, even though main() has caught it.
    raise SystemExit(DONE)


def _run() -> int:
    import click

    from services.tools.cli.group import stammkunde

    try:
        status = stammkunde.main(prog_name="stammkunde", standalone_mode=False)
    except click.Abort:
        return DONE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Exception as error:
        if not is_expected(error):
            raise
        click.echo(str(error), err=True)
        return WRONG
    return status if isinstance(status, int) else DONE


def is_expected(error: Exception) -> bool:
    """Whether the user can fix the error. It imports here: a successful run needs none of this."""
    from schemas.policy import PolicyError
    from services.platform.faults import FaultError
    from services.platform.settings import SettingsError
    from services.tools.local_stack.errors import StackError

    return isinstance(error, FaultError | PolicyError | SettingsError | StackError)
