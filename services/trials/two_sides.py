"""Two sides: runs both policies at once, each in a process of its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from msgspec import msgpack

from schemas.policy import Policy
from services.platform.faults import FaultError
from services.trials.outcome import Outcome
from services.trials.side import SideSettings
from services.trials.side_process import Failed, KafkaSource, run_side
from services.trials.witness import Question
from topology.domain.history.instant import Instant

_REPORT_EVERY_S: Final = 0.5
_decode: Final = msgpack.Decoder(Outcome).decode


class TwoSides:
    """Both policies at work, the old one first."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections
        self._records = [0 for _ in connections]

    def read_all(self, report: Callable[[int], object]) -> None:
        """Wait until both have read all records; report now and then how many the slower one has.

        Raises:
            FaultError: one of them can't go on.
        """
        reading = list(self._connections)
        while reading:
            for each in wait(reading, _REPORT_EVERY_S):
                if not isinstance(each, Connection):
                    continue
                found = _received(each)
                if found is None:
                    reading.remove(each)
                else:
                    self._records[self._connections.index(each)] = found
            report(min(self._records))

    def end(self, until: Instant) -> tuple[Outcome, Outcome]:
        """Let both go on to the end."""
        for each in self._connections:
            each.send(until)
        old, new = (_decode(_received(each)) for each in self._connections)
        return old, new

    def ask(self, side: int, questions: Sequence[Question]) -> list[str]:
        """Ask one of them; an answer for each question."""
        self._connections[side].send(list(questions))
        answers: list[str] = _received(self._connections[side])
        return answers

    def finish(self) -> None:
        """Let both end."""
        for each in self._connections:
            each.send(None)


@contextmanager
def two_sides(
    policies: Sequence[Policy], source: KafkaSource, settings: SideSettings
) -> Iterator[TwoSides]:
    """Start both, and end them, whatever happens."""
    context = get_context("spawn")
    connections: list[Connection] = []
    processes = []
    try:
        for policy, successor in zip(policies, (policies[1], None), strict=True):
            ours, theirs = context.Pipe()
            own = settings._replace(successor=successor)
            process = context.Process(
                target=run_side, args=(theirs, policy, source, own), daemon=True
            )
            process.start()
            theirs.close()
            connections.append(ours)
            processes.append(process)
        yield TwoSides(connections)
    finally:
        for each in connections:
            each.close()
        for process in processes:
            process.terminate()
            process.join()


def _received(connection: Connection) -> Any:
    try:
        found = connection.recv()
    except EOFError:
        raise FaultError(
            "A process of the trial has ended: its error is above, or the machine had too little "
            "memory for it."
        ) from None
    if isinstance(found, Failed):
        raise FaultError(found.reason)
    return found
