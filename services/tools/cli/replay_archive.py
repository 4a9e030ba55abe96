"""`stammkunde replay --archive`: feeds a fresh installation from an archive."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from services.archive.inspection import Findings
    from services.platform.settings import Settings
    from services.tools.cli.replay import Options
    from services.tools.replay.run import Plan
    from services.tools.replay.send import Progress
    from services.tools.replay.source_lines import SourceLine


def replay_archive(place: str, options: "Options", *, skip_damaged: bool) -> int:
    """Send what the archive holds of the sources, in the order in which Kafka got it.

    Raises:
        FaultError: the archive is not whole or not there, a topic is missing, or Kafka is away.
    """
    import asyncio

    from schemas import topics
    from services.archive.inspection import usable_files
    from services.archive.reading import in_order_of_arrival
    from services.archive.store import store_at
    from services.platform.policies.in_force import fetch_policy_in_force
    from services.tools.cli.replay_progress import progress_on_stderr
    from services.tools.cli.startup import connect_command, run_until_signal
    from services.tools.replay import run
    from services.tools.replay.archived_lines import archived_lines, survey

    settings, kafka = connect_command("replay")
    store = store_at(place)
    findings = usable_files(
        store, topics.SOURCES, skip_damaged=skip_damaged, undone="Nothing was sent."
    )
    policy = asyncio.run(fetch_policy_in_force(settings, kafka)).policy
    found = survey(in_order_of_arrival(store, findings.whole))
    end = options.until or found.end

    def record() -> "Iterator[SourceLine]":
        placed = in_order_of_arrival(store, findings.whole)
        return archived_lines(placed, policy.max_age, found.forwarded)

    with progress_on_stderr() as bar:
        run_until_signal(run.replay(record, _plan(settings, kafka, options, end), bar))
    click.echo(_summary(place, findings, bar.latest))
    return 0


def _plan(settings: "Settings", kafka: str, options: "Options", end: datetime) -> "Plan":
    from schemas.messages.record_headers import QUIET_HEADER
    from services.platform.kafka.security import security_of
    from services.tools.replay import run
    from services.tools.replay.schedule import Pace

    return run.Plan(
        kafka=kafka,
        security=security_of(settings),
        until=end,
        schedule=run.without_ticks if options.no_ticks else run.ticking(end),
        pace=Pace(options.speed),
        headers=(QUIET_HEADER,) if options.quiet else (),
    )


def _summary(place: str, findings: "Findings", sent: "Progress") -> str:
    return json.dumps(
        {
            "archive": place,
            "files": len(findings.whole),
            "messages": sent.messages,
            "left_out": {
                "foreign": len(findings.foreign),
                "missing": len(findings.missing),
                "damaged": len(findings.damaged),
            },
            "faults": list(findings.faults),
            "ticks": sent.ticks,
            "until": sent.now and sent.now.isoformat().replace("+00:00", "Z"),
        }
    )
