"""`stammkunde replay`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from services.tools.cli.instant_param import InstantParam

if TYPE_CHECKING:
    from services.platform.settings import Settings
    from services.tools.replay.checkpoint import Checkpoint, CheckpointFile
    from services.tools.replay.csv_rows import Refuse
    from services.tools.replay.run import Plan
    from services.tools.replay.source_lines import SourceLine
    from services.tools.replay.worker_refusals import Workers
    from topology.domain.policy.rulebook import Rulebook

FUTURE_ALLOWED = timedelta(days=1)

REFUSED = 3
"""The exit status if the workers refuse messages, or if rows of CSV were left out."""
ROWS = "csv_row"
"""The reason of rows that can't be messages: they are not sent, so they are no dead letters."""


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    file: str
    until: datetime | None
    speed: float | None
    column_map: Path | None
    no_ticks: bool
    quiet: bool
    from_start: bool

    @property
    def is_import(self) -> bool:
        """True if it brings history into an installation that runs on the machine's time."""
        return self.quiet or self.no_ticks


@click.command(short_help="Send recorded messages into their topics, in time order.")
@click.argument("file", required=False)
@click.option(
    "--until",
    type=InstantParam(),
    help="The last tick of the clock, such as 1998-07-01T00:00:00Z. By default the first UTC "
    "midnight after the last message.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="Messages per second. By default as fast as possible.",
)
@click.option(
    "--no-ticks", is_flag=True, help="Send no ticks: for workers with the machine's time."
)
@click.option(
    "--map",
    "column_map",
    type=click.Path(path_type=Path),
    help="FILE is CSV. This file, YAML or JSON, says which column is which field.",
)
@click.option(
    "--quiet",
    is_flag=True,
    help="No message sets off a trigger, not even a recent one.",
)
@click.option(
    "--from-start", is_flag=True, help="Send all of FILE again, after a replay that was stopped."
)
@click.option(
    "--archive",
    help="Instead of FILE: send what this archive holds, a folder or s3://BUCKET/PREFIX.",
)
@click.option(
    "--skip-damaged", is_flag=True, help="Leave out what is faulty in the archive, and count it."
)
def replay(*, archive: str | None, skip_damaged: bool, **given: Any) -> int:
    """Send recorded source messages into their topics, in time order.

    FILE has one JSON message a line, in Segment's spec; with --map it is CSV. `-` reads standard
    input. The clock ticks at each UTC midnight between the messages. Workers that run with
    STAMMKUNDE_CLOCK=topic use these ticks as their time. Without KAFKA_BOOTSTRAP_SERVERS the
    messages go to the local stack that `stammkunde up` has started.

    If FILE and options are the same, a stopped replay goes on after the messages that Kafka has
    acknowledged. Rows of CSV that can't be messages are printed on stderr and left out. Messages
    older than the policy's max_age set off no trigger; with --quiet no message does. `stammkunde
    dead-letters` lists the messages that the workers refuse.

    With --archive the source is what `stammkunde archive` has written, in the order in which Kafka
    got it, and the last tick is when the last message came. Faulty files are named, and nothing is
    sent, unless --skip-damaged leaves them out.

    An import (--quiet or --no-ticks) ends by saying how many triggers were held and sent so far,
    if workers run. The last line is a summary in JSON. The exit status is 2 if FILE has another
    format, and then nothing is sent; it is 3 if a message is refused.
    """
    options = Options(**{**given, "file": given["file"] or ""})
    if options.no_ticks and options.until:
        msg = "--until sets the end of the clock, so it can't be used with --no-ticks."
        raise click.UsageError(msg)
    if archive is not None:
        return _replay_archive(options, archive, skip_damaged=skip_damaged)
    if not options.file:
        msg = "Missing argument 'FILE', or --archive."
        raise click.UsageError(msg)
    return _replay(options)


def _replay_archive(options: Options, place: str, *, skip_damaged: bool) -> int:
    from services.tools.cli.replay_archive import replay_archive

    if options.file or options.column_map or options.from_start:
        msg = "--archive can't be used with FILE, --map or --from-start."
        raise click.UsageError(msg)
    return replay_archive(place, options, skip_damaged=skip_damaged)


def _replay(options: Options) -> int:
    from services.tools.cli.replay_progress import CheckpointWriter, Refusals, progress_on_stderr
    from services.tools.cli.replay_summary import outcome_in_words, summary_of
    from services.tools.cli.startup import run_until_signal
    from services.tools.replay import run
    from services.tools.replay.import_outcome import outcome_since, output_ends
    from services.tools.replay.send import NOTHING_YET
    from services.tools.replay.worker_refusals import dead_letter_ends, refused_by_workers

    settings, refusals = _settings(), Refusals(options.file)
    is_csv = options.column_map is not None
    with _checked(options.file, csv=is_csv) as stream, progress_on_stderr() as bar:
        kafka = _kafka(settings)
        book = _rulebook(settings, kafka, ticks=not options.no_ticks)
        checkpoint_file = _checkpoint_file(options, settings, kafka, stream)
        checkpoint = checkpoint_file.read(_now() + FUTURE_ALLOWED)
        bar.go_on_after(checkpoint.acknowledged)
        read = _reader(options.column_map, checkpoint.horizon, refusals)
        plan = _plan(options, settings, kafka, book, checkpoint)
        workers = _workers(settings, kafka)
        begin = run_until_signal(dead_letter_ends(workers))
        outputs = run_until_signal(output_ends(workers)) if options.is_import else None
        finished = None
        if begin is not None:
            writer = CheckpointWriter(bar, checkpoint_file, checkpoint.horizon)
            finished = run_until_signal(run.replay(lambda: read(stream), plan, writer))
        if finished is not None:
            checkpoint_file.remove()
    if finished == NOTHING_YET and not refusals.number:
        msg = f"{options.file} is empty: there is no message in it."
        raise FileFormatFault(msg)
    by_workers = None
    if finished is not None and begin is not None and plan.after == NOTHING_YET:
        expected = sum(finished.refused.values())
        counting = refused_by_workers(workers, plan.sent_offsets, begin, expected)
        by_workers = run_until_signal(counting)
    outcome = None
    if by_workers is not None and outputs is not None:
        outcome = run_until_signal(outcome_since(workers, outputs))
    refused = dict(bar.latest.refused if by_workers is None else by_workers)
    if refusals.number:
        refused[ROWS] = refusals.number
    validated_by = f"policy {book.version}" if by_workers is None else "workers"
    if outcome is not None:
        click.echo(outcome_in_words(outcome), err=True)
    click.echo(
        summary_of(
            options.file,
            bar.latest,
            refused,
            validated_by,
            outcome,
            complete=finished is not None,
        )
    )
    return REFUSED if refused else 0


def _checkpoint_file(
    options: Options, settings: "Settings", kafka: str, stream: BinaryIO
) -> "CheckpointFile":
    """The checkpoint of this replay; --from-start removes it first."""
    from services.tools.replay.checkpoint import checkpoint_file_of

    flags = (str(options.until), str(options.no_ticks), str(options.quiet))
    found = checkpoint_file_of(
        settings.data_dir, stream, (kafka, *flags, _text_of(options.column_map))
    )
    if options.from_start:
        found.remove()
    return found


def _plan(
    options: Options, settings: "Settings", kafka: str, book: "Rulebook", checkpoint: "Checkpoint"
) -> "Plan":
    from schemas.messages.record_headers import QUIET_HEADER
    from services.platform.kafka.security import security_of
    from services.tools.replay import run
    from services.tools.replay.schedule import Pace
    from services.tools.replay.send import validator_of
    from topology.agents.decode import EventDecoder

    headers = (QUIET_HEADER,) if options.quiet else ()
    decoder = EventDecoder(book.exchange, book.oldest_event, book.kept)
    return run.Plan(
        kafka=kafka,
        security=security_of(settings),
        until=options.until,
        schedule=run.without_ticks if options.no_ticks else run.ticking(options.until),
        pace=Pace(options.speed),
        after=checkpoint.acknowledged,
        headers=headers,
        validator=validator_of(decoder, headers, _now),
    )


def _workers(settings: "Settings", kafka: str) -> "Workers":
    from services.platform.kafka.security import security_of
    from services.tools.replay.worker_refusals import Workers

    return Workers(kafka, settings.app_id, security_of(settings))


def _reader(
    column_map: Path | None, horizon: datetime, refuse: "Refuse"
) -> "Callable[[BinaryIO], Iterator[SourceLine]]":
    if column_map is None:
        from services.tools.replay.source_lines import read_lines

        return partial(read_lines, horizon=horizon)
    from services.tools.replay.column_map import load_column_map
    from services.tools.replay.csv_rows import CsvReader

    return CsvReader(load_column_map(column_map), horizon, refuse)


def _text_of(column_map: Path | None) -> str:
    """The text of the map; empty if it can't be read, which `_reader` reports."""
    return column_map.read_text("utf-8", "replace") if column_map and column_map.is_file() else ""


class FileFormatFault(click.ClickException):
    """The file has another format than it should."""

    exit_code = 2


@contextmanager
def _checked(file: str, *, csv: bool) -> "Iterator[BinaryIO]":
    """Open a file of the right format, else end with status 2 before anything is sent."""
    from services.tools.replay.file_format import FileFormatError, check_json_lines, check_text
    from services.tools.replay.source_lines import recording

    with ExitStack() as opened:
        try:
            stream = opened.enter_context(recording(file))
            (check_text if csv else check_json_lines)(file, stream)
        except FileFormatError as error:
            raise FileFormatFault(str(error)) from None
        yield stream


def _rulebook(settings: "Settings", kafka: str, *, ticks: bool) -> "Rulebook":
    """The policy in force. For workers on the time of the ticks, no event is too old."""
    import asyncio

    from services.platform.policies.in_force import fetch_policy_in_force
    from topology.domain.policy.compile import compile_policy

    policy = asyncio.run(fetch_policy_in_force(settings, kafka)).policy
    return compile_policy(policy, sends_everything=ticks or settings.clock == "topic")


def _now() -> datetime:
    return datetime.now(UTC)


def _settings() -> "Settings":
    from services.platform.settings import Settings

    return Settings.from_environment()


def _kafka(settings: "Settings") -> str:
    from services.platform.logs import log_as_a_command
    from services.tools.cli.startup import kafka_of, print_connections

    kafka = kafka_of(settings)
    log_as_a_command()
    print_connections("replay", Kafka=kafka)
    return kafka
