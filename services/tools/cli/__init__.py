"""The command `stammkunde`: one subcommand a role.

Each module of this room is one command; what it needs is imported when it runs, so that asking
for help is quick. `entry` is where a run begins and where its exit status is decided.
"""

from services.tools.cli.entry import main

__all__ = ["main"]
