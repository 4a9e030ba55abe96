"""The short form: one fault of each kind while a small load flows, and all equals the oracle."""

import logging
from pathlib import Path

import pytest

from tests.chaos.campaign import campaign
from tests.chaos.consent import policy_of
from tests.chaos.faults import Kind
from tests.chaos.report import summary_of
from tests.chaos.schedule import schedule
from tests.chaos.synthetic import synthetic
from tests.chaos.world import PARTITIONS

pytestmark = [pytest.mark.e2e]

SEED = 171
"""Workers and the broker are struck while a transaction is open, some right after another fault."""

FAULTS = 15
CUSTOMERS = 150
WALK_INS = 1500


@pytest.fixture
def no_news(caplog: pytest.LogCaptureFixture) -> None:
    """That the broker is away is no news."""
    caplog.set_level(logging.CRITICAL, "aiokafka")


async def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path, no_news: None) -> None:
    """`python -m tests.chaos` does the same for longer, with a seed of its own."""
    rounds = schedule(SEED, FAULTS)
    load = synthetic(SEED, len(rounds), CUSTOMERS, PARTITIONS, policy_of(SEED), walk_ins=WALK_INS)
    survived = await campaign(tmp_path, load, rounds, print)

    assert set(survived.kinds) == set(Kind)
    assert survived.well, summary_of(load, survived, SEED)
