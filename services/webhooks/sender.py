"""Sends one webhook, and returns the outcome."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final

import httpcore
import httpx

from services.webhooks.clock import Clock
from services.webhooks.message import signed_headers
from services.webhooks.network import GuardedNetwork, PrivateAddressError, Resolve, UnresolvedError
from services.webhooks.outcome import Failed, Outcome, outcome_of
from services.webhooks.subscriptions import Subscription, secrets_at

TIMEOUT_S: Final = 15.0
"""How long an attempt may take, from resolving the host to the headers of the answer."""
NOT_HTTP: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,  # Such as ssl.SSLError: httpcore passes it on if it comes after the handshake.
)
"""All errors by which an endpoint can break off an exchange."""
HEADERS: Final = {"content-type": "application/json", "user-agent": "Stammkunde-Webhooks/1"}


class Sender:
    """Sends webhooks. It follows no redirect, uses no proxy, and reads no body of an answer."""

    def __init__(
        self, network: GuardedNetwork, trust: ssl.SSLContext, clock: Clock, timeout_s: float
    ) -> None:
        self._network = network
        self._trust = trust
        self._clock = clock
        self._timeout_s = timeout_s

    async def send(self, subscription: Subscription, webhook_id: str, body: bytes) -> Outcome:
        """Make one attempt. A failure of the endpoint is an outcome and never an exception.

        An exception is therefore a fault of our own.
        """
        now = self._clock.now()
        headers = signed_headers(webhook_id, now, body, secrets_at(subscription, now))
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(subscription.url, {**HEADERS, **headers}, body)
        except TimeoutError:
            return Failed(f"no answer within {self._timeout_s:g} s")
        except PrivateAddressError:
            return Failed("its name leads to a private address")
        except (UnresolvedError, UnicodeError):
            return Failed("its name leads nowhere")
        except httpcore.ConnectError:
            return Failed("no connection, or no valid certificate")
        except NOT_HTTP:
            return Failed("the connection broke, or the answer was not HTTP")

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        # There is no pool: each attempt must check the addresses again.
        connection = httpcore.AsyncHTTPConnection(
            httpcore.URL(url).origin, self._trust, network_backend=self._network
        )
        request = connection.stream("POST", url, headers=list(headers.items()), content=body)
        async with connection, request as answer:
            return outcome_of(answer.status, answer.headers, self._clock.now())


def create_sender(
    resolve: Resolve, clock: Clock, *, private: bool, timeout_s: float = TIMEOUT_S
) -> Sender:
    """Create a sender. `private` allows private addresses."""
    network = GuardedNetwork(resolve, private=private)
    return Sender(network, httpx.create_ssl_context(), clock, timeout_s)
