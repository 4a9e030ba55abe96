"""`stammkunde replay`."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from services.platform.settings import Settings
    from services.tools.replay.csv_rows import Refuse
    from services.tools.replay.line import SourceLine
    from services.tools.replay.send import Progress
    from topology.domain.policy.rulebook import Rulebook

FUTURE_ALLOWED = timedelta(days=1)

REFUSED = 3
"""The exit status if the workers refuse some of it, or rows of CSV were left out."""
ROWS = "csv_row"
"""The reason of rows that can't be messages: they are not sent, and are no dead letters."""


class Instant(click.ParamType):
    """ISO 8601 with a time zone, such as 1998-07-01T00:00:00Z."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it, or fail with a hint."""
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            self.fail(f"{value!r} is no instant; write it as 1998-07-01T00:00:00Z", param, ctx)
        return instant.astimezone(UTC)


@click.command(short_help="Send recorded messages into their topics, in time order.")
@click.argument("file")
@click.option(
    "--until",
    type=Instant(),
    help="The last tick of the clock, as in 1998-07-01T00:00:00Z. By default the first UTC "
    "midnight after the last message.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="Messages per second. By default as fast as possible.",
)
@click.option("--no-ticks", is_flag=True, help="Send no clock: for workers on the machine's time.")
@click.option(
    "--map",
    "column_map",
    type=click.Path(path_type=Path),
    help="FILE is CSV, and this file, YAML or JSON, says which column is which field.",
)
@click.option(
    "--quiet",
    is_flag=True,
    help="Nothing that follows from these messages is sent to anybody, however young they are.",
)
@click.option("--from-start", is_flag=True, help="Don't go on where a replay of FILE was stopped.")
def replay(  # noqa: PLR0913 - one for each option
    file: str,
    until: datetime | None,
    speed: float | None,
    column_map: Path | None,
    *,
    no_ticks: bool,
    quiet: bool,
    from_start: bool,
) -> int:
    """Send recorded source messages into their topics, in time order.

    FILE has one message in Segment's spec a line, JSON, or with --map it is CSV; `-` reads standard
    input. Between the messages the clock ticks at each UTC midnight: workers that run with
    STAMMKUNDE_CLOCK=topic take it as their time. Without KAFKA_BOOTSTRAP_SERVERS the messages go to
    the local stack that `stammkunde up` has started.

    A replay that was stopped goes on after what Kafka has acknowledged, if FILE and options are the
    same. Rows of CSV that can't be messages are named on stderr, and left out. Messages that are
    older than the policy's max_age set off no trigger; with --quiet no message does. What the
    workers refuse is kept for `stammkunde dead-letters`. The last line is a summary in JSON. The
    exit status is 2 if FILE has another form, and then nothing is sent; 3 if something is refused.
    """
    if no_ticks and until:
        msg = "--until says when the clock ends, so it can't be used with --no-ticks."
        raise click.UsageError(msg)
    from schemas.messages.record_headers import QUIET_HEADER
    from services.platform.kafka.security import security_of
    from services.tools.cli.replay_progress import Marking, Refusals, shown_on_stderr
    from services.tools.cli.until_signal import cancelled_by_signal
    from services.tools.replay import run
    from services.tools.replay.aftermath import Workers, letters_begin, refused_by_workers
    from services.tools.replay.bookmark import bookmark_of
    from services.tools.replay.pace import Pace
    from services.tools.replay.send import NOTHING_YET
    from services.tools.replay.validate import validator_of
    from topology.agents.decode import EventDecoder

    settings = _settings()
    refusals = Refusals(file)
    with _checked(file, csv=column_map is not None) as stream, shown_on_stderr() as shown:
        kafka = _kafka(settings)
        book = _book(settings, ticks=not no_ticks)
        told = (kafka, str(until), str(no_ticks), str(quiet), _text_of(column_map))
        bookmark = bookmark_of(settings.data_dir, stream, told)
        if from_start:
            bookmark.remove()
        mark = bookmark.read(datetime.now(UTC) + FUTURE_ALLOWED)
        shown.go_on_after(mark.acknowledged)
        read = _reader(column_map, mark.horizon, refusals)
        headers = (QUIET_HEADER,) if quiet else ()
        plan = run.Plan(
            kafka=kafka,
            security=security_of(settings),
            until=until,
            schedule=run.without_ticks if no_ticks else run.ticking(until),
            pace=Pace(speed),
            after=mark.acknowledged,
            headers=headers,
            validator=validator_of(
                EventDecoder(book.exchange, book.oldest_event, book.kept), headers, _now
            ),
        )
        audience = Marking(shown, bookmark, mark.horizon)
        workers = Workers(kafka, settings.app_id, security_of(settings))
        begin = cancelled_by_signal(letters_begin(workers))
        finished = None
        if begin is not None:
            finished = cancelled_by_signal(run.replay(lambda: read(stream), plan, audience))
        if finished is not None:
            bookmark.remove()
    if finished == NOTHING_YET and not refusals.number:
        msg = f"{file} is empty: there is no message in it."
        raise FormFault(msg)
    validated = None
    if finished is not None and begin is not None and plan.after == NOTHING_YET:
        expected = sum(finished.refused.values())
        validated = cancelled_by_signal(refused_by_workers(workers, plan.arrivals, begin, expected))
    refused = dict(shown.latest.refused if validated is None else validated)
    if refusals.number:
        refused[ROWS] = refusals.number
    validator = f"policy {book.version}" if validated is None else "workers"
    click.echo(_summary(file, shown.latest, refused, validator, complete=finished is not None))
    return REFUSED if refused else 0


def _reader(
    column_map: Path | None, horizon: datetime, refuse: "Refuse"
) -> "Callable[[BinaryIO], Iterator[SourceLine]]":
    if column_map is None:
        from services.tools.replay.source import read_lines

        return partial(read_lines, horizon=horizon)
    from services.tools.replay.column_map import load_column_map
    from services.tools.replay.csv_rows import CsvReader

    return CsvReader(load_column_map(column_map), horizon, refuse)


def _text_of(column_map: Path | None) -> str:
    """What the map says; one that can't be read is refused by whoever needs it."""
    return column_map.read_text("utf-8", "replace") if column_map and column_map.is_file() else ""


class FormFault(click.ClickException):
    """The file has another form than it should."""

    exit_code = 2


@contextmanager
def _checked(file: str, *, csv: bool) -> "Iterator[BinaryIO]":
    """Open what has the right form; it ends with status 2 before anything is sent."""
    from services.tools.replay.form import FormError, check_json_lines, check_text
    from services.tools.replay.source import recording

    with ExitStack() as opened:
        try:
            stream = opened.enter_context(recording(file))
            (check_text if csv else check_json_lines)(file, stream)
        except FormError as error:
            raise FormFault(str(error)) from None
        yield stream


def _book(settings: "Settings", *, ticks: bool) -> "Rulebook":
    """The policy in force. Workers whose time is that of the ticks find no event too old."""
    from schemas.policy import load_default_policy, load_policy
    from topology.domain.policy.compile import compile_policy

    policy = load_policy(settings.policy) if settings.policy else load_default_policy()
    return compile_policy(policy, sends_everything=ticks or settings.clock == "topic")


def _now() -> datetime:
    return datetime.now(UTC)


def _settings() -> "Settings":
    from services.platform.settings import Settings

    return Settings.from_environment()


def _kafka(settings: "Settings") -> str:
    from services.platform.logs import log_as_a_command
    from services.tools.cli.connections import kafka_of, say_connections

    kafka = kafka_of(settings)
    log_as_a_command()
    say_connections("replay", Kafka=kafka)
    return kafka


def _summary(
    file: str, sent: "Progress", refused: dict[str, int], validator: str, *, complete: bool
) -> str:
    said = {
        "file": file,
        "messages": sent.messages,
        "unrecognised": sent.unrecognised,
        "refused": sum(refused.values()),
        "refused_by_reason": dict(sorted(refused.items())),
        "judged_by": validator,
        "ticks": sent.ticks,
        "until": sent.now and sent.now.isoformat().replace("+00:00", "Z"),
        "complete": complete,
    }
    return json.dumps(said)
