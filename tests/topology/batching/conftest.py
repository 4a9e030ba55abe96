"""Fixtures for the tests of the batching, on the session's real Kafka."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from services.tools.local_stack import Addresses
from tests.topology.batching.sandbox import Sandbox

OpenSandbox = Callable[..., Awaitable[Sandbox]]


@pytest.fixture
def open_sandbox(stack: Addresses, tmp_path: Path) -> OpenSandbox:
    """A function that opens a sandbox with the settings of `Sandbox.open`."""

    async def open_one(**settings: Any) -> Sandbox:
        return await Sandbox.open(stack.kafka, tmp_path, **settings)

    return open_one
