"""A replay is no faster than it was asked to be."""

from dataclasses import dataclass, field

from services.tools.replay.pace import Pace


@dataclass
class Time:
    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_ten_a_second_leaves_a_tenth_between_messages() -> None:
    time = Time()
    pace = Pace(10, time.clock, time.sleep)
    for sent in range(21):
        await pace.wait_for_turn(sent)
    assert abs(time.now - 102.0) < 1e-9


async def test_what_is_late_does_not_wait() -> None:
    time = Time()
    pace = Pace(10, time.clock, time.sleep)
    time.now += 5
    await pace.wait_for_turn(49)
    assert time.slept == []


async def test_no_speed_means_no_waiting() -> None:
    time = Time()
    await Pace(None, time.clock, time.sleep).wait_for_turn(10**9)
    assert time.slept == []
