"""The command `stammkunde`.

`entry` is the entry point, `group` lists the subcommands, `roles` has those that run one role of
Stammkunde. Each other command is a module with its name. A command imports what it needs when it
runs, so that its help is quick. `startup` finds its servers and handles signals.
"""

from services.tools.cli.entry import main

__all__ = ["main"]
