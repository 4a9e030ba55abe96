"""How long a test waits: the only places where it may name seconds."""

from typing import Final

LONGEST_WAIT_S: Final = 180.0
"""A busy machine must not fail a test, so this only ends a test that would wait for ever."""

AT_ONCE_S: Final = 20.0
"""What waits for nothing takes less than this even on a busy machine. A test with this limit lets a
wrong program wait for a minute, or for ever: how quick a right one is, benchmarks measure."""
