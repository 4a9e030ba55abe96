"""Waits until the API says that it can answer."""

import asyncio
from typing import Final

import httpx

from services.platform.faults import FaultError

TIMEOUT_S: Final = 120.0
BETWEEN_LOOKS_S: Final = 0.1


async def wait_until_ready(api_url: str, timeout_s: float = TIMEOUT_S) -> None:
    """Ask `/readyz` until it agrees.

    Raises:
        FaultError: it did not within `patience_s` seconds; says what it answered last.
    """
    said = "it does not answer yet"
    try:
        async with asyncio.timeout(timeout_s), httpx.AsyncClient(trust_env=False) as http:
            while True:
                try:
                    answer = await http.get(f"{api_url}/readyz")
                except httpx.TransportError as error:
                    said = f"{type(error).__name__} at {api_url}"
                else:
                    if answer.is_success:
                        return
                    said = _reason(answer)
                await asyncio.sleep(BETWEEN_LOOKS_S)
    except TimeoutError:
        msg = f"The services were not ready within {timeout_s:g} s: {said}."
        raise FaultError(msg) from None


def _reason(answer: httpx.Response) -> str:
    """Take the detail of a problem+json, or the text."""
    try:
        detail = answer.json().get("detail")
    except (ValueError, AttributeError):
        detail = None
    return str(detail or answer.text or answer.status_code).rstrip(".")
