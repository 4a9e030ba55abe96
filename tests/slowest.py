"""A plugin of pytest that notes how long each test took: `-p tests.slowest --took=FILE`."""

import resource
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest


class Took(NamedTuple):
    """How long a test and the fixtures that it made took: by the clock, and of a processor.

    Of a server that a fixture started, the processor's time is known once the server has ended.
    """

    seconds: float
    processor_s: float
    test: str


class Notes:
    """Writes a line for each test."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("w", encoding="utf-8", buffering=1)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run the test with its fixtures."""
        began, processor = time.monotonic(), _processor_s()
        try:
            return (yield)
        finally:
            took = Took(time.monotonic() - began, _processor_s() - processor, item.nodeid)
            self._file.write("\t".join(map(str, took)) + "\n")

    def pytest_unconfigure(self) -> None:
        """Close the file."""
        self._file.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--took", type=Path, help="the file that gets a line for each test")


def pytest_configure(config: pytest.Config) -> None:
    """Take notes if there is a file for them."""
    if file := config.getoption("--took"):
        config.pluginmanager.register(Notes(file))


def read(files: Iterable[Path]) -> list[Took]:
    """All notes of these files, the slowest first; none of a file that is not there."""
    found = []
    for file in files:
        for line in file.read_text("utf-8").splitlines() if file.exists() else ():
            seconds, processor_s, test = line.split("\t", 2)
            found.append(Took(float(seconds), float(processor_s), test))
    return sorted(found, reverse=True)


def _processor_s() -> float:
    """What this process and its children that have ended have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
