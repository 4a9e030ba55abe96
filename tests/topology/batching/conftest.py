"""Rooms for the tests of the batching, on the real Kafka of this session."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from services.tools.local_stack import Addresses
from tests.topology.batching.room import Room

OpenRoom = Callable[..., Awaitable[Room]]


@pytest.fixture
def open_room(stack: Addresses, tmp_path: Path) -> OpenRoom:
    """What opens a room: awaited with the settings of `Room.open`."""

    async def open_one(**settings: Any) -> Room:
        return await Room.open(stack.kafka, tmp_path, **settings)

    return open_one
