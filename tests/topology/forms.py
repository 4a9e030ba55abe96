"""Tests that only one form of the domain can pass."""

from typing import Final

import pytest

import topology

not_compiled: Final = pytest.mark.skipif(
    topology.IS_COMPILED, reason="it patches what compiled code has taken in when it was built"
)
