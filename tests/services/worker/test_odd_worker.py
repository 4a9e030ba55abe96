"""A worker that starts or stops in an awkward moment."""

import subprocess
import sys
from pathlib import Path

from services.tools.local_stack import Addresses
from tests.services.worker.odd_worker import stopped_in_a_rebalance, without_kafka_at_first
from tests.waits import LONGEST_WAIT_S

_ROOT = Path(__file__).parents[3]


def test_a_stop_during_a_rebalance_is_no_crash(stack: Addresses, tmp_path: Path) -> None:
    """Faust's fetcher takes it for one: it says so, but the worker ends with status 0."""
    _output_of(stopped_in_a_rebalance.__name__, stack.kafka, tmp_path)


def test_a_broker_that_goes_away_during_the_start_is_waited_for(
    stack: Addresses, tmp_path: Path
) -> None:
    """The topics were there a moment ago: it says so, and begins again."""
    output = _output_of(without_kafka_at_first.__name__, stack.kafka, tmp_path)

    assert "Kafka went away during the start, trying again" in output


def _output_of(kind: str, kafka: str, folder: Path) -> str:
    """What such a worker has logged until it ended with status 0."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.services.worker.odd_worker", kind, kafka, folder],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "worker ends" in ended.stdout
    return ended.stdout
