"""The machine: what its cores did during a measurement, and for whom. From Linux's /proc."""

import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.environment.interpreter import running_interpreter

_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)
"""Idle, and waiting for the disk, among the columns of the line `cpu`."""
_STOLEN = 7
_COLUMNS = 8
"""What comes after them, the time of guests, is counted in the others already."""


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """CPU seconds used so far, over all cores. `at` is the monotonic clock's time."""

    at: float
    roles: Mapping[str, float]
    """Of each process that is measured."""
    broker: float
    bench: float
    busy: float
    """Of everything that runs on this machine."""
    stolen: float
    """What the machine's host gave to others."""


@dataclass(frozen=True, slots=True)
class CpuUse:
    """What was used between two looks: CPU seconds, and shares of all cores (1 is all of them)."""

    seconds: float
    roles: Mapping[str, float]
    broker: float
    other_share: float
    """Everything except what is measured, the broker and the benchmark itself."""
    stolen_share: float

    @property
    def measured(self) -> float:
        """CPU seconds of all processes that are measured."""
        return sum(self.roles.values())

    def cores(self) -> dict[str, float]:
        """How many cores each role and the broker kept busy."""
        everyone = {**self.roles, "broker": self.broker}
        return {role: round(used / self.seconds, 2) for role, used in everyone.items()}


def cpu_times(roles: Mapping[str, int], broker: int | None) -> CpuTimes:
    """Look at the clocks now. `roles` names the processes that are measured.

    `broker` is the broker's process, if there is one.
    """
    columns = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()[1:]
    ticks = [int(column) for column in columns[:_COLUMNS]]
    stolen = ticks[_STOLEN]
    busy = sum(ticks) - stolen - sum(ticks[column] for column in _IDLE)
    return CpuTimes(
        at=time.monotonic(),
        roles={role: cpu_seconds(pid) for role, pid in roles.items()},
        broker=0.0 if broker is None else cpu_seconds(broker),
        bench=cpu_seconds(os.getpid()),
        busy=busy / _TICKS,
        stolen=stolen / _TICKS,
    )


def cpu_use(before: CpuTimes, after: CpuTimes) -> CpuUse:
    """What was used from one look to the other."""
    seconds = after.at - before.at
    roles = {role: used - before.roles.get(role, 0.0) for role, used in after.roles.items()}
    broker = after.broker - before.broker
    ours = sum(roles.values()) + broker + after.bench - before.bench
    room = seconds * (os.cpu_count() or 1)
    return CpuUse(
        seconds=seconds,
        roles=roles,
        broker=broker,
        other_share=max(0.0, after.busy - before.busy - ours) / room,
        stolen_share=(after.stolen - before.stolen) / room,
    )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children that have ended."""
    return sum(int(field) for field in _process(pid)[11:15]) / _TICKS


def is_alive(pid: int) -> bool:
    """Whether a child of ours still runs."""
    try:
        return _process(pid)[0] != "Z"
    except FileNotFoundError:
        return False


def _process(pid: int) -> list[str]:
    """The fields of its line in /proc, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def memory_mb(pid: int) -> dict[str, int]:
    """Resident memory of a process in MB: what it has now, and what it had at most."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    sizes = dict(line.split(":", 1) for line in lines if line.startswith("Vm"))
    kilobytes = {name: int(size.split()[0]) for name, size in sizes.items()}
    return {
        "now": round(kilobytes["VmRSS"] * 1024 / 1e6),
        "at_most": round(kilobytes["VmHWM"] * 1024 / 1e6),
    }


def describe_machine() -> dict[str, object]:
    """What a reader must know to compare figures."""
    interpreter = running_interpreter()
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "interpreter": {
            **asdict(interpreter),
            "has_pgo": interpreter.has_pgo,
            "has_lto": interpreter.has_lto,
        },
        "aiokafka": version("aiokafka"),
        "faust": version("faust-streaming"),
    }
