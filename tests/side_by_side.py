"""All tests, in five processes: `python -m tests.side_by_side`, which is what `make test` runs.

Some compute and most wait for real servers, so they run beside each other. Those of the stream
itself come first: a worker that gets no time to send its heartbeat would be another test. The
others take what these leave of the processors, and those that only compute what all leave: they
are two, because they are often what is left at the end.
Decision 37 says how the parts are cut.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from tests import slowest
from tests.kafka_archive import with_archive

DOMAIN: Final = ("tests/topology/agents", "tests/topology/domain")
"""Those of the heart, which ask for no server."""

CONTRACTS: Final = (
    "tests/chaos/test_load.py",
    "tests/chaos/test_load_of_the_rare.py",
    "tests/oracle",
    "tests/schemas",
)
"""Those of messages, policies and the oracle, which ask for no server either."""

EDGE: Final = (
    "tests/services/platform",
    "tests/services/api",
    "tests/services/webhooks",
    "tests/services/ingest",
    "tests/services/connect",
)
"""Those of what comes in and goes out."""

WHOLE: Final = (
    "tests/clients",
    "tests/e2e",
    "tests/services/projector",
    "tests/services/read_model",
    "tests/services/secured",
    "tests/services/tools",
)
"""Those of the commands, many of which start all that there is, and of the projector."""

SHOWN: Final = 10
TOOK: Final = Path(".pytest_cache", "took")
"""What each test took, a file a part."""

UNCOMPILED: Final = "PYTHONDONTWRITEBYTECODE"
"""With it, each of the many processes that tests start would compile the whole program again."""


class Part(NamedTuple):
    """Some of the tests, run by one pytest that gives way to others by so much."""

    name: str
    niceness: int
    arguments: tuple[str, ...]
    asks_for_servers: bool = True

    @property
    def command(self) -> list[str]:
        """Each part keeps notes of its own."""
        notes = f"cache_dir={Path('.pytest_cache') / self.name}"
        pytest = (sys.executable, "-m", "pytest", "-o", notes)
        took = ("-p", "tests.slowest", f"--took={TOOK / self.name}")
        return ["nice", "-n", str(self.niceness), *pytest, *took, *self.arguments]


PARTS: Final = (
    Part("domain", 15, DOMAIN, asks_for_servers=False),
    Part("contracts", 15, CONTRACTS, asks_for_servers=False),
    Part("edge", 5, EDGE),
    Part("whole", 5, WHOLE),
    Part("stream", 0, tuple(f"--ignore={each}" for each in (*DOMAIN, *CONTRACTS, *EDGE, *WHOLE))),
)
"""In the order in which they begin. What the last one prints is seen at once."""


def main() -> int:
    """Run all tests; return pytest's exit status of the part that went worst."""
    TOOK.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        statuses = _run(Path(folder))
    print(f"\nThe {SHOWN} slowest tests, by the clock and of a processor ({TOOK} has all):")
    for each in slowest.read(TOOK / part.name for part in PARTS)[:SHOWN]:
        print(f"{each.seconds:7.1f} s {each.processor_s:7.1f} s  {each.test}")
    return max(map(abs, statuses))


def _run(folder: Path) -> list[int]:
    *behind, last = PARTS
    environment = {name: value for name, value in os.environ.items() if name != UNCOMPILED}
    with ExitStack() as running:
        started = list[subprocess.Popen[bytes]]()
        for each in behind:
            if each.asks_for_servers:
                environment = with_archive(environment)
            started.append(running.enter_context(_started(each, folder, environment)))
        statuses = [_ended(last, subprocess.Popen(last.command, env=environment))]
        for part, process in zip(reversed(behind), reversed(started), strict=True):
            statuses.append(_ended(part, process))
            sys.stdout.write(_output(part, folder).read_text("utf-8", errors="replace"))
            sys.stdout.flush()
    return statuses


@contextmanager
def _started(
    part: Part, folder: Path, environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    with _output(part, folder).open("wb") as output:
        yield subprocess.Popen(
            part.command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )


def _output(part: Part, folder: Path) -> Path:
    return folder / f"{part.name}.txt"


def _ended(part: Part, process: "subprocess.Popen[bytes]") -> int:
    """Wait for it, and say what it took."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    processor_s = used.ru_utime + used.ru_stime
    print(f"== {part.name}: {processor_s:.0f} s of a processor", flush=True)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
