"""A service that dies is started again; one that can't run keeps no other from running."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.tasks import end
from services.tools.up.service import Service
from services.tools.up.supervise import (
    ContinueOnFailure,
    EndOnFailure,
    FailureHandler,
    NothingRunsError,
    Notifier,
    RestartRule,
    ServiceKeepsDyingError,
    keep_service_running,
)
from tests.waits import LONGEST_WAIT_S

RULE = RestartRule(quick_s=10, most=4, first_pause_s=0.2, longest_pause_s=0.5)


@dataclass
class Life:
    """Time that passes only while a service lives or a pause lasts."""

    lifetimes: Iterator[float]
    now: float = 0.0
    pauses: list[float] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    status: int = -9

    async def run(self, _service: Service) -> int:
        self.now += next(self.lifetimes)
        return self.status

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def keep_service_running(
        self, log: Path, on_failure: FailureHandler | None = None
    ) -> None:
        await keep_service_running(
            Service("worker-1", "worker", {}, log),
            notify=self.sentences.append,
            rule=RULE,
            on_failure=on_failure or EndOnFailure(),
            run=self.run,
            clock=lambda: self.now,
            sleep=self.sleep,
        )


async def test_quick_deaths_are_answered_with_longer_pauses_and_then_with_giving_up(
    tmp_path: Path,
) -> None:
    log = tmp_path / "worker-1.log"
    log.write_text("one\n\ntwo\n")
    life = Life(iter([1.0] * 9))
    with pytest.raises(ServiceKeepsDyingError, match=r"worker-1 ended 4 times .* words: two"):
        await life.keep_service_running(log)
    assert life.pauses == [0.2, 0.4, 0.5]
    assert life.sentences[0].splitlines() == [
        "The worker-1 ended unexpectedly (status -9); it starts again in 0.2 s.",
        "    one",
        "    two",
    ]


async def test_a_service_that_ends_with_status_0_got_a_signal_that_up_did_not_send(
    tmp_path: Path,
) -> None:
    life = Life(iter([60.0]), status=0)
    with pytest.raises(RuntimeError):  # The lives are used up.
        await life.keep_service_running(tmp_path / "no.log")
    [sentence] = life.sentences
    assert sentence.startswith(
        "The worker-1 ended unexpectedly (status 0: it got a signal, but not from here); "
    )


async def test_a_long_life_forgives_the_deaths_before_it(tmp_path: Path) -> None:
    life = Life(iter([1.0, 1.0, 1.0, 60.0, 1.0, 1.0, 1.0, 1.0]))
    with pytest.raises(ServiceKeepsDyingError):
        await life.keep_service_running(tmp_path / "no.log")
    assert life.pauses == [0.2, 0.4, 0.5, 0.2, 0.2, 0.4, 0.5]


@given(st.integers(0, 3))
def test_pauses_never_exceed_the_longest(deaths: int) -> None:
    assert 0 < RULE.pause(deaths) <= RULE.longest_pause_s


async def test_one_that_cant_run_is_named_once_and_tried_again_while_another_can(
    tmp_path: Path,
) -> None:
    """Until none can."""
    log = tmp_path / "worker-1.log"
    log.write_text("two\n")
    both = [Service(name, name, {}, log) for name in ("worker-1", "api")]
    life = Life(iter([1.0] * 7))
    handler = ContinueOnFailure(both, Notifier(life.sentences.append, life.sentences.append), 60)
    with pytest.raises(RuntimeError):  # The lives are used up.
        await life.keep_service_running(log, handler)
    assert life.pauses == [0.2, 0.4, 0.5, 60, 60, 60, 60]
    assert life.sentences[-1] == (
        "The worker-1 ended 4 times soon after its start (status -9), its last words: two (its log "
        f"is {log}). The other services go on. It starts again every 60 s."
    )
    assert len(life.sentences) == 4
    with pytest.raises(NothingRunsError, match="None of the services can run"):
        handler.cant_run(both[1], ServiceKeepsDyingError(both[1], 1, 6))


async def test_one_that_runs_again_learns_when_it_has_lived_for_long_enough(
    tmp_path: Path,
) -> None:
    service, lives = Service("delivery", "delivery", {}, tmp_path / "log"), asyncio.Event()
    other, sentences = Service("api", "api", {}, tmp_path / "log"), list[str]()
    statuses = iter([1, 1])

    async def run(_: Service) -> int:
        if (status := next(statuses, None)) is None:
            await lives.wait()
        return status or 0

    async def sleep(_: float) -> None:
        pass

    handler = ContinueOnFailure([service, other], Notifier(sentences.append, sentences.append), 60)
    rule = RestartRule(quick_s=0.05, most=2)
    running = asyncio.create_task(
        keep_service_running(
            service, notify=sentences.append, rule=rule, on_failure=handler, run=run, sleep=sleep
        )
    )
    async with asyncio.timeout(LONGEST_WAIT_S):
        while sentences[-1:] != ["The delivery runs again."]:
            await asyncio.sleep(0.005)
    await end([running])
    assert sum("It starts again every" in line for line in sentences) == 1
