"""`stammkunde dead-letters`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from services.dead_letters.dead_letter import LetterId
    from services.dead_letters.selection import Selection
    from services.tools.cli.dead_letters_command import Connection

F = TypeVar("F", bound=Callable[..., Any])

NOT_ALL = 3
"""The exit status if a letter was not sent."""

_FILTERS = (
    click.option(
        "--reason",
        "reasons",
        multiple=True,
        help="Why the workers refused it, such as no_exchange_rate. Repeat it for several.",
    ),
    click.option(
        "--topic",
        "topics",
        multiple=True,
        help="Where it was refused: a source topic (`shop`, `social` and `support` for short), or "
        "a path such as /v1/batch. Repeat it for several.",
    ),
    click.option("--since", help="From this time on: 2h, 7d, a day, or 2026-11-20T10:00:00Z."),
    click.option("--until", help="Before this time, in the same forms."),
    click.option("--customer", help="A name in the message, or its key."),
)


def _filtered(command: F) -> F:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


class Id(click.ParamType):
    """PARTITION-OFFSET of the topic journey.dead-letters.v1, such as 3-17."""

    name = "id"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> "LetterId":
        """Parse the id, or fail with a hint."""
        from services.dead_letters.dead_letter import letter_id_in

        found = letter_id_in(str(value))
        if found is None:
            self.fail(f"{value!r} is no id; write PARTITION-OFFSET, such as 3-17", param, ctx)
        return found


@click.group(name="dead-letters")
def dead_letters() -> None:
    """List, show and retry the messages that were refused.

    The topic journey.dead-letters.v1 keeps them for 30 days. The id of a dead letter is its
    partition and offset there, such as 3-17. Letters of erased customers are hidden.
    """


@dead_letters.command(name="list")
@_filtered
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="The most letters to list.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line, also on a terminal."
)
def list_(limit: int, *, as_json: bool, **filters: Any) -> None:
    """List dead letters, newest first.

    A terminal gets a table, a file or a pipe one JSON object a line.
    """
    from services.tools.cli.dead_letters_command import newest
    from services.tools.cli.dead_letters_view import as_table, is_terminal, width

    selection = _selection(filters)
    letters = _run(lambda connection: newest(connection, selection, limit)) or []
    if as_json or not is_terminal():
        for each in letters:
            click.echo(each.model_dump_json())
    else:
        click.echo(as_table(letters, width()))


@dead_letters.command()
@click.argument("letter_id", metavar="PARTITION-OFFSET", type=Id())
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def show(letter_id: "LetterId", *, as_json: bool) -> int:
    """Show one dead letter: its headers, and the bytes as received."""
    from services.dead_letters.view import full_view
    from services.tools.cli.dead_letters_command import one
    from services.tools.cli.dead_letters_view import in_words

    found = _run(lambda connection: one(connection, letter_id))
    if found is None:
        click.echo(f"There is no dead letter {letter_id}. Perhaps Kafka has deleted it.", err=True)
        return 1
    click.echo(full_view(found).model_dump_json() if as_json else in_words(found))
    return 0


@dead_letters.command()
@click.argument("ids", metavar="[PARTITION-OFFSET]...", nargs=-1, type=Id())
@_filtered
@click.option("--all", "everything", is_flag=True, help="Retry all dead letters.")
@click.option("--limit", type=click.IntRange(min=1), help="The most letters to retry.")
@click.option("--dry-run", is_flag=True, help="Only print what a retry would do.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print a line of JSON for each, then a summary."
)
def retry(
    ids: "tuple[LetterId, ...]",
    limit: int | None,
    *,
    everything: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **filters: Any,
) -> int:
    """Send dead letters again, unchanged, to where they were refused.

    Name them by ids, by filters, or take --all. The workers' decoder validates each letter first,
    under the policy in force. A letter that would be refused again is reported and not
    sent. A message counts once, however often it is retried. The exit status is 3 if a letter was
    not sent.
    """
    from services.tools.cli.dead_letters_command import RetryOptions, try_again
    from services.tools.cli.dead_letters_view import (
        is_terminal,
        report_as_json,
        report_in_words,
        result_as_json,
    )

    filtered = any(filters.values())
    if bool(ids) + filtered + everything != 1:
        msg = "name either ids, or filters, or --all."
        raise click.UsageError(msg)
    wanted = RetryOptions(ids, _selection(filters), limit)
    if not (dry_run or yes) and is_terminal():
        planned = _run(lambda connection: try_again(connection, wanted, None))
        if planned is None:
            return 1
        click.echo(report_in_words(planned, dry_run=True))
        if not planned.retried or not click.confirm("Send them?"):
            return 0
    sending = not dry_run
    on_result = (lambda each: click.echo(result_as_json(each))) if as_json else None
    report = _run(lambda connection: try_again(connection, wanted, on_result, sending=sending))
    if report is None:
        return 1
    format_report = report_as_json if as_json else report_in_words
    click.echo(format_report(report, dry_run=dry_run))
    return NOT_ALL if report.refused else 0


def _selection(filters: dict[str, Any]) -> "Selection":
    """Parse the filters."""
    from datetime import UTC, datetime

    from services.dead_letters.selection import Selection, known_reasons, known_topics, parse_time

    now = datetime.now(UTC)

    def read(name: str, parse: Callable[[Any], Any]) -> Any:
        value = filters[name]
        try:
            return parse(value) if value else None
        except ValueError as error:
            hint = "--" + name.rstrip("s")
            raise click.BadParameter(str(error), param_hint=hint) from None

    customer = filters["customer"]
    return Selection(
        read("reasons", known_reasons) or frozenset(),
        read("topics", known_topics) or frozenset(),
        read("since", lambda text: parse_time(text, now)),
        read("until", lambda text: parse_time(text, now)),
        frozenset() if customer is None else frozenset({customer}),
    )


def _run(work: "Callable[[Connection], Any]") -> Any:
    """Work on the dead letters; None if a signal ended it."""
    from services.tools.cli.dead_letters_command import Connection
    from services.tools.cli.startup import connect_command, run_until_signal

    settings, kafka = connect_command("dead-letters")
    return run_until_signal(work(Connection(settings, kafka)))
