"""How long a test waits for something that must come."""

from typing import Final

LONGEST_WAIT_S: Final = 180.0
"""A busy machine must not fail a test, so this only ends a test that would wait for ever."""
