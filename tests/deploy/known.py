"""What a file of `deploy/` may name: our settings and our commands."""

import click
from pydantic import AliasChoices

from services.platform.settings import PREFIX, Settings
from services.tools.cli.group import stammkunde


def variables() -> set[str]:
    """Every environment variable that a role reads."""
    named = {
        str(field.validation_alias.choices[0])
        if isinstance(field.validation_alias, AliasChoices)
        else f"{PREFIX}{name.upper()}"
        for name, field in Settings.model_fields.items()
    }
    options = (option for command in _commands(stammkunde) for option in command.params)
    return named | {str(option.envvar) for option in options if option.envvar}


def check_command(arguments: list[str]) -> None:
    """Fail if `stammkunde` does not take these arguments."""
    context = click.Context(stammkunde)
    command: click.Command = stammkunde
    while isinstance(command, click.Group) and arguments:
        _, found, arguments = command.resolve_command(context, arguments)
        assert found is not None
        command, context = found, click.Context(found, parent=context)
    command.parse_args(context, list(arguments))


def _commands(command: click.Command) -> list[click.Command]:
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return [command, *(one for each in below for one in _commands(each))]
