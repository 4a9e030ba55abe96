"""A service that dies is started again, with patience, but not for ever."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.up.child import Service
from services.up.restarts import RestartRule
from services.up.supervise import ServiceKeepsDyingError, keep_running

RULE = RestartRule(quick_s=10, most=4, first_pause_s=0.2, longest_pause_s=0.5)


@dataclass
class Life:
    """Time that passes only while a service lives or a pause lasts."""

    lifetimes: Iterator[float]
    now: float = 0.0
    pauses: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def run(self, _service: Service) -> int:
        self.now += next(self.lifetimes)
        return -9

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def keep_running(self, log: Path) -> None:
        await keep_running(
            Service("worker-1", "worker", {}, log),
            report=self.said.append,
            rule=RULE,
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
        await life.keep_running(log)
    assert life.pauses == [0.2, 0.4, 0.5]
    assert life.said[0].splitlines() == [
        "The worker-1 ended unexpectedly (status -9); it starts again in 0.2 s.",
        "    one",
        "    two",
    ]


async def test_a_long_life_forgives_the_deaths_before_it(tmp_path: Path) -> None:
    life = Life(iter([1.0, 1.0, 1.0, 60.0, 1.0, 1.0, 1.0, 1.0]))
    with pytest.raises(ServiceKeepsDyingError):
        await life.keep_running(tmp_path / "no.log")
    assert life.pauses == [0.2, 0.4, 0.5, 0.2, 0.2, 0.4, 0.5]


@given(st.integers(0, 3))
def test_pauses_never_exceed_the_longest(deaths: int) -> None:
    pause = RULE.pause(deaths)
    assert pause is not None
    assert 0 < pause <= RULE.longest_pause_s
