"""Trial: both policies over the records that Kafka and the archive have, compared and reported."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

from schemas.policy import Policy
from schemas.trial_report import TrialReport
from services.platform.erasure_salt import salt_of
from services.platform.policies.in_force import fetch_policy_in_force
from services.platform.settings import Settings
from services.trials.assemble import Compared, Found, PolicyFile, assemble
from services.trials.coverage import refuse_meaningless
from services.trials.history import THAT_OF_THE_SETTINGS, ArchiveChoice, find_history
from services.trials.sent_triggers import sent_triggers
from services.trials.side import SideSettings
from services.trials.side_process import KafkaSource
from services.trials.two_sides import two_sides
from topology.domain.history.instant import span


async def policy_in_force(settings: Settings, kafka: str) -> PolicyFile:
    """The policy that the workers have.

    Raises:
        PolicyError: it can't be used.
        KafkaUnreachableError: no broker answers.
    """
    found = await fetch_policy_in_force(settings, kafka)
    return PolicyFile(found.name, found.policy)


class TrialRequest(NamedTuple):
    """Which policies to compare, and over which time."""

    compared: Compared
    since: timedelta
    archive: ArchiveChoice = THAT_OF_THE_SETTINGS
    """Where the records are that Kafka has deleted."""


Report = Callable[[int, int], object]
"""Gets the number of records that are done, and how many there are."""


def run_trial(request: TrialRequest, settings: Settings, kafka: str, report: Report) -> TrialReport:
    """Run a trial.

    Raises:
        FaultError: there is no Kafka or no history, the archive can't be used, or a comparison
            would mean nothing.
    """
    policies: tuple[Policy, Policy] = (request.compared.old.policy, request.compared.new.policy)
    refuse_meaningless(policies)
    history = find_history(kafka, settings, request.archive)
    side_settings = SideSettings(
        clock=settings.clock,
        app_id=settings.app_id,
        salt=salt_of(settings),
        since=span(request.since),
        processed=history.kafka.processed,
    )
    report(0, history.records)
    source = KafkaSource(kafka, settings, history)
    with two_sides(policies, source, side_settings) as sides, ThreadPoolExecutor(1) as thread:
        reading = thread.submit(sent_triggers, kafka, settings, history)
        sides.read_all(lambda records: report(records, history.records))
        sent = reading.result()
        old, new = sides.end(max((each.written_at for each in sent.triggers), default=0))
        found = Found(old, new, sent, history.has_all, settings.clock)
        answer = assemble(request.compared, found, request.since, sides.ask)
        sides.finish()
    if history.left_out:
        answer = answer.model_copy(update={"unknown": (history.left_out, *answer.unknown)})
    return answer
