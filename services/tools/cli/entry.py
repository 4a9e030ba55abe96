"""Where a run of the command begins, and where its exit status is decided."""

import signal
from typing import NoReturn

DONE = 0
WRONG = 1


def main() -> int:
    """Run the command line and return its exit status.

    0: done, or ended by Ctrl-C or SIGTERM. 1: something is wrong, and stderr says what in one
    sentence. 2: the command line itself is wrong.
    """
    signal.signal(signal.SIGTERM, _end)
    try:
        return _run()
    except KeyboardInterrupt:
        return DONE


def _end(_signal: int, _frame: object) -> NoReturn:
    # Not KeyboardInterrupt: where an import runs generated code, as dataclasses do, Python notes it
    # and in the end kills itself with SIGINT, though main() has caught it.
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
    """Whether the user can put it right. Imported here: a run that goes well needs none of it."""
    from schemas.policy import PolicyError
    from services.platform.faults import FaultError
    from services.platform.settings import SettingsError
    from services.tools.local_stack.errors import StackError

    return isinstance(error, FaultError | PolicyError | SettingsError | StackError)
