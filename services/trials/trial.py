"""Trial: both policies over the records that Kafka has, compared and reported."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

from schemas.policy import Policy, load_default_policy, load_policy
from schemas.trial_report import TrialReport
from services.platform.erasure_salt import salt_of
from services.platform.kafka.security import security_of
from services.platform.settings import Settings
from services.trials.assemble import Compared, Found, PolicyFile, assemble
from services.trials.coverage import refuse_meaningless
from services.trials.kafka_history import sent_triggers, survey
from services.trials.side import SideSettings
from services.trials.side_process import KafkaSource
from services.trials.two_sides import two_sides
from topology.domain.history.instant import span


def policy_in_force(settings: Settings) -> PolicyFile:
    """The policy that the workers have, by the settings.

    Raises:
        PolicyError: it can't be used.
    """
    if settings.policy is None:
        return PolicyFile("the default policy", load_default_policy())
    return PolicyFile(str(settings.policy), load_policy(settings.policy))


class TrialRequest(NamedTuple):
    """Which policies to compare, and over which time."""

    compared: Compared
    since: timedelta


Report = Callable[[int, int], object]
"""Gets the number of records that are done, and how many there are."""


def run_trial(request: TrialRequest, settings: Settings, kafka: str, report: Report) -> TrialReport:
    """Run a trial.

    Raises:
        FaultError: there is no Kafka or no history, or a comparison would mean nothing.
    """
    policies: tuple[Policy, Policy] = (request.compared.old.policy, request.compared.new.policy)
    refuse_meaningless(policies)
    security = security_of(settings)
    history = asyncio.run(survey(kafka, security, settings.app_id, settings.clock))
    side_settings = SideSettings(
        clock=settings.clock,
        app_id=settings.app_id,
        salt=salt_of(settings),
        since=span(request.since),
        processed=history.processed,
    )
    report(0, history.records)
    source = KafkaSource(kafka, settings, history)
    with two_sides(policies, source, side_settings) as sides, ThreadPoolExecutor(1) as thread:
        reading = thread.submit(lambda: asyncio.run(sent_triggers(kafka, security, history)))
        sides.read_all(lambda records: report(records, history.records))
        sent = reading.result()
        old, new = sides.end(max((each.written_at for each in sent.triggers), default=0))
        found = Found(old, new, sent, history.has_all, settings.clock)
        answer = assemble(request.compared, found, request.since, sides.ask)
        sides.finish()
    return answer
