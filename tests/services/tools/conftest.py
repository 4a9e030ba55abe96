"""A port that is taken, for the tests of every tool."""

import socket
from collections.abc import Iterator

import pytest

from services.tools.local_stack.ports import HOST, free_port


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which another program listens."""
    port = free_port()
    with socket.create_server((HOST, port)):
        yield port
