"""`stammkunde replay`."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from services.replay.send import Progress
    from services.settings import Settings

FUTURE_ALLOWED = timedelta(days=1)


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


@click.command()
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
def replay(file: str, until: datetime | None, speed: float | None, *, no_ticks: bool) -> None:
    """Send recorded source messages into their topics, in time order.

    FILE has one message in Segment's spec a line, JSON; `-` reads standard input. Between the
    messages the clock ticks at each UTC midnight: workers that run with STAMMKUNDE_CLOCK=topic
    take it as their time. Without KAFKA_BOOTSTRAP_SERVERS the messages go to the local stack that
    `stammkunde up` has started. The last line is a summary in JSON.
    """
    if no_ticks and until:
        msg = "--until says when the clock ends, so it can't be used with --no-ticks."
        raise click.UsageError(msg)
    from services.cli.replay_progress import shown_on_stderr
    from services.cli.until_signal import cancelled_by_signal
    from services.kafka_security import security_of
    from services.replay.pace import Pace
    from services.replay.run import Plan, replay_file, ticking, without_ticks

    settings = _settings()
    plan = Plan(
        kafka=_kafka(settings),
        security=security_of(settings),
        until=until,
        schedule=without_ticks if no_ticks else ticking(until),
        pace=Pace(speed),
    )
    horizon = datetime.now(UTC) + FUTURE_ALLOWED
    with shown_on_stderr() as shown:
        finished = cancelled_by_signal(replay_file(file, horizon, plan, shown))
    click.echo(_summary(file, finished or shown.latest, complete=finished is not None))


def _settings() -> "Settings":
    from services.settings import Settings

    return Settings.from_environment()


def _kafka(settings: "Settings") -> str:
    from services.cli.connections import kafka_of, say_connections
    from services.logs import log_as_a_command

    kafka = kafka_of(settings)
    log_as_a_command()
    say_connections("replay", Kafka=kafka)
    return kafka


def _summary(file: str, sent: "Progress", *, complete: bool) -> str:
    return json.dumps(
        {
            "file": file,
            "messages": sent.messages,
            "unrecognised": sent.unrecognised,
            "ticks": sent.ticks,
            "until": sent.now and sent.now.isoformat().replace("+00:00", "Z"),
            "complete": complete,
        }
    )
