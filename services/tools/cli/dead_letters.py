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
"""The exit status if something was refused."""

_FILTERS = (
    click.option("--reason", "reasons", multiple=True, help="Why; several times for several."),
    click.option(
        "--topic",
        "topics",
        multiple=True,
        help="Where: a source topic, `shop`, `social` or `support`, or a path such as /v1/batch.",
    ),
    click.option("--since", help="Since then: 2h, 7d, a day, or 2026-11-20T10:00:00Z."),
    click.option("--until", help="Before then, written likewise."),
    click.option("--customer", help="Who is named in the message, or by its key."),
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
        """Read it, or fail with a hint."""
        from services.dead_letters.dead_letter import letter_id_in

        found = letter_id_in(str(value))
        if found is None:
            self.fail(f"{value!r} is no id; write PARTITION-OFFSET, such as 3-17", param, ctx)
        return found


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Read the messages that were refused, and try them again.

    They are kept in journey.dead-letters.v1 for 30 days. The id of one is its partition and offset
    there, such as 3-17. Whoever was erased is left out.
    """


@dead_letters.command(name="list")
@_filtered
@click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="A line of JSON each, also on a terminal.")
def list_(limit: int, *, as_json: bool, **filters: Any) -> None:
    """List dead letters, newest first.

    On a terminal it is a table; else each is a line of JSON.
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
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def show(letter_id: "LetterId", *, as_json: bool) -> int:
    """Show one dead letter: its headers, and the bytes as received."""
    from services.dead_letters.view import in_full
    from services.tools.cli.dead_letters_command import one
    from services.tools.cli.dead_letters_view import in_words

    found = _run(lambda connection: one(connection, letter_id))
    if found is None:
        click.echo(f"There is no dead letter {letter_id} (any more).", err=True)
        return 1
    click.echo(in_full(found).model_dump_json() if as_json else in_words(found))
    return 0


@dead_letters.command()
@click.argument("ids", metavar="[PARTITION-OFFSET]...", nargs=-1, type=Id())
@_filtered
@click.option("--all", "everything", is_flag=True, help="All of them: no filter is given.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of them.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON each, and a summary.")
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
    """Send dead letters, as received, through the door that refused them.

    Name them by their ids, or by filters. The workers' decoder judges them first, under the policy
    of STAMMKUNDE_POLICY: what would only be refused again is said, and not sent. A message counts
    once, however often it is tried again. The exit status is 3 if something was not sent.
    """
    from services.tools.cli.dead_letters_command import RetryOf, try_again
    from services.tools.cli.dead_letters_view import (
        is_terminal,
        report_as_json,
        report_in_words,
        tried_as_json,
    )

    filtered = any(filters.values())
    if bool(ids) + filtered + everything != 1:
        msg = "name either ids, or filters, or --all."
        raise click.UsageError(msg)
    wanted = RetryOf(ids, _selection(filters), limit)
    if not (dry_run or yes) and is_terminal():
        planned = _run(lambda connection: try_again(connection, wanted, None))
        if planned is None:
            return 1
        click.echo(report_in_words(planned, dry_run=True))
        if not planned.retried or not click.confirm("Send them?"):
            return 0
    sending = not dry_run
    tell = (lambda each: click.echo(tried_as_json(each))) if as_json else None
    report = _run(lambda connection: try_again(connection, wanted, tell, sending=sending))
    if report is None:
        return 1
    say = report_as_json if as_json else report_in_words
    click.echo(say(report, dry_run=dry_run))
    return NOT_ALL if report.refused else 0


def _selection(filters: dict[str, Any]) -> "Selection":
    """What the filters say."""
    from datetime import UTC, datetime

    from services.dead_letters.selection import Selection, known_reasons, known_topics, moment_in

    now = datetime.now(UTC)

    def read(name: str, how: Callable[[Any], Any]) -> Any:
        said = filters[name]
        try:
            return how(said) if said else None
        except ValueError as error:
            hint = "--" + name.rstrip("s")
            raise click.BadParameter(str(error), param_hint=hint) from None

    customer = filters["customer"]
    return Selection(
        read("reasons", known_reasons) or frozenset(),
        read("topics", known_topics) or frozenset(),
        read("since", lambda said: moment_in(said, now)),
        read("until", lambda said: moment_in(said, now)),
        frozenset() if customer is None else frozenset({customer}),
    )


def _run(work: "Callable[[Connection], Any]") -> Any:
    """Do some work on the dead letters; None if a signal ended it."""
    from services.platform.logs import log_as_a_command
    from services.platform.settings import Settings
    from services.tools.cli.dead_letters_command import Connection
    from services.tools.cli.startup import cancelled_by_signal, kafka_of, say_connections

    settings = Settings.from_environment()
    kafka = kafka_of(settings)
    log_as_a_command()
    say_connections("dead-letters", Kafka=kafka)
    return cancelled_by_signal(work(Connection(settings, kafka)))
