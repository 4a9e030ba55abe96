"""Fixtures for the tests of the batching, on the session's real Kafka."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from services.tools.local_stack import Addresses
from tests.topology.batching.room import Room

OpenRoom = Callable[..., Awaitable[Room]]


@pytest.fixture
def open_room(stack: Addresses, tmp_path: Path) -> OpenRoom:
    """A function that opens a room with the settings of `Room.open`."""

    async def open_one(**settings: Any) -> Room:
        return await Room.open(stack.kafka, tmp_path, **settings)

    return open_one
