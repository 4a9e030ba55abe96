"""Chooses the API's port, so that it stays over restarts, and waits until the API is ready."""

import asyncio
import socket
from typing import Final

import httpx

from services.platform.faults import FaultError
from services.platform.settings import Settings
from services.tools.local_stack.ports import free_port

TIMEOUT_S: Final = 120.0
POLL_INTERVAL_S: Final = 0.1


def choose_api_port(settings: Settings) -> int:
    """Return the port of the settings; a free one if it is 0, or if the default is taken.

    Raises:
        FaultError: the settings name the port, and it is taken.
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


async def wait_until_ready(api_url: str, timeout_s: float = TIMEOUT_S) -> None:
    """Poll `/readyz` until it answers with success.

    Raises:
        FaultError: it did not within `timeout_s` seconds; the message has the last answer.
    """
    reason = "the API does not answer yet"
    try:
        async with asyncio.timeout(timeout_s), httpx.AsyncClient(trust_env=False) as http:
            while True:
                try:
                    answer = await http.get(f"{api_url}/readyz")
                except httpx.TransportError as error:
                    reason = f"{type(error).__name__} at {api_url}"
                else:
                    if answer.is_success:
                        return
                    reason = _reason(answer)
                await asyncio.sleep(POLL_INTERVAL_S)
    except TimeoutError:
        msg = f"The services were not ready within {timeout_s:g} s: {reason}."
        raise FaultError(msg) from None


def _reason(answer: httpx.Response) -> str:
    """Return the detail of a problem+json, else the text."""
    try:
        detail = answer.json().get("detail")
    except (ValueError, AttributeError):
        detail = None
    return str(detail or answer.text or answer.status_code).rstrip(".")
