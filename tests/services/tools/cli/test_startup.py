"""A role ends when a signal asks it to, and its log says so; any other end is an error."""

import asyncio
import os
import signal

import pytest
from structlog.testing import capture_logs

from services.tools.cli.startup import RoleEndedError, run_with_stop_event


def test_a_role_that_a_signal_ends_logs_the_signal() -> None:
    async def role(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()

    with capture_logs() as logs:
        run_with_stop_event(role)
    assert logs == [{"event": "stop_requested", "signal": "SIGTERM", "log_level": "info"}]


def test_a_role_that_ends_by_itself_has_failed() -> None:
    async def role(_: asyncio.Event) -> None:
        pass

    with pytest.raises(RoleEndedError, match="no signal had asked it to"):
        run_with_stop_event(role)
