"""The API's port is the one that was asked for, or a free one when none was."""

import pytest

from services.platform.faults import FaultError
from services.platform.settings import Settings
from services.tools.local_stack.ports import free_port
from services.tools.up.api_endpoint import choose_api_port


def test_a_free_port_is_taken_as_asked() -> None:
    free = free_port()
    assert choose_api_port(Settings(api_port=free)) == free


def test_zero_is_any_free_port() -> None:
    assert choose_api_port(Settings(api_port=0)) > 0


def test_a_taken_port_that_was_asked_for_is_refused(taken_port: int) -> None:
    with pytest.raises(FaultError, match=f"Port {taken_port} on 127.0.0.1 is taken"):
        choose_api_port(Settings(api_port=taken_port))


def test_a_taken_default_is_replaced_by_a_free_port(taken_port: int) -> None:
    settings = Settings.model_construct(_fields_set=set(), api_port=taken_port)
    chosen = choose_api_port(settings)
    assert chosen not in {0, taken_port}
