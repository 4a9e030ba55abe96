"""Chooses the API's port before the API starts, so that it keeps it over restarts."""

import socket

from services.platform.faults import FaultError
from services.platform.settings import Settings
from services.tools.local_stack.ports import free_port


def choose_api_port(settings: Settings) -> int:
    """Return the port of the settings; a free one if that is 0, or the default and taken.

    Raises:
        FaultError: the port was asked for by name, and is taken.
    """
    if settings.api_port and _is_free(settings.api_host, settings.api_port):
        return settings.api_port
    if settings.api_port and "api_port" in settings.model_fields_set:
        msg = (
            f"Port {settings.api_port} on {settings.api_host} is taken: stop what listens there, "
            "or set STAMMKUNDE_API_PORT to another port, or to 0 for any free one."
        )
        raise FaultError(msg)
    return free_port()


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
