"""Side process: one policy's way, in a process of its own, which answers over a pipe.

It sends a number of records now and then, and `None` once it has read all of them. It receives the
end, and sends the outcome. Then it receives questions, and sends the answers, until `None` comes.
"""

import gc
import os
import signal
from multiprocessing.connection import Connection
from typing import Final, NamedTuple

from msgspec import msgpack

from schemas.policy import Policy
from services.platform.faults import FaultError
from services.platform.settings import Settings
from services.trials.arrivals import in_order_of_arrival
from services.trials.history import History, reading_history
from services.trials.side import Side, SideSettings
from services.trials.witness import Witness
from topology.domain.policy.compile import compile_policy

_NICENESS: Final = 5
"""A worker on the same machine goes first."""


class Failed(NamedTuple):
    """The process can't go on, for the reason that a person can read."""

    reason: str


class KafkaSource(NamedTuple):
    """Where the records are."""

    kafka: str
    settings: Settings
    """Its security can't be sent to another process."""
    history: History


def run_side(
    parent: Connection, policy: Policy, source: KafkaSource, settings: SideSettings
) -> None:
    """Go one policy's way. Only errors that a person can put right are sent to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent gets it as well, and ends us.
    os.nice(_NICENESS)
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    try:
        _run(parent, policy, source, settings)
    except FaultError as fault:
        parent.send(Failed(str(fault)))
    except (BrokenPipeError, EOFError):
        return  # The parent has gone.


def _run(parent: Connection, policy: Policy, source: KafkaSource, settings: SideSettings) -> None:
    book = compile_policy(policy, sends_everything=settings.clock == "topic")
    side, history = Side(book, settings), source.history
    places = history.kafka.sources
    with reading_history(source.kafka, source.settings, history, places) as partitions:
        side.run(in_order_of_arrival(partitions), parent.send)
    parent.send(None)
    parent.send(msgpack.encode(side.end(parent.recv())))
    witness = Witness(book, side.simulation)
    while (questions := parent.recv()) is not None:
        parent.send([witness.answer(each) for each in questions])
