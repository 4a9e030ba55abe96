"""Sends one webhook, and says how it ended."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import httpcore
import httpx

from services.delivery.clock import Clock
from services.delivery.network import GuardedNetwork, PrivateAddressError, UnresolvedError
from services.delivery.outcome import Failed, Outcome, judge
from services.delivery.resolve import Resolve
from services.delivery.signature import signed_headers
from services.delivery.subscription import Subscription, secrets_at

PATIENCE_S: Final = 15.0
"""How long an attempt may take, from the question for the address to the answer's headers."""
HEADERS: Final = {"content-type": "application/json", "user-agent": "Stammkunde-Webhooks/1"}


class Sender:
    """Sends webhooks. It follows no redirect, uses no proxy and reads no answer's body."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, clock: Clock, patience_s: float) -> None:
        self._pool = pool
        self._clock = clock
        self._patience_s = patience_s

    async def send(self, subscription: Subscription, webhook_id: str, body: bytes) -> Outcome:
        """Try once. Whatever is wrong with the endpoint is an outcome, never an error."""
        now = self._clock.now()
        headers = signed_headers(webhook_id, now, body, secrets_at(subscription, now))
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._post(subscription.url, {**HEADERS, **headers}, body)
        except TimeoutError:
            return Failed(f"no answer within {self._patience_s:g} s")
        except PrivateAddressError:
            return Failed("its name leads to a private address")
        except UnresolvedError:
            return Failed("its name leads nowhere")
        except httpcore.ConnectError:
            return Failed("no connection, or no valid certificate")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol):
            return Failed("the connection broke, or the answer was not HTTP")

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        request = self._pool.stream("POST", url, headers=list(headers.items()), content=body)
        async with request as answer:
            return judge(answer.status, answer.headers, self._clock.now())


@asynccontextmanager
async def open_sender(
    resolve: Resolve, clock: Clock, *, private: bool, patience_s: float = PATIENCE_S
) -> AsyncIterator[Sender]:
    """Open what sends. No connection is used twice: each is made to an address looked at anew."""
    pool = httpcore.AsyncConnectionPool(
        ssl_context=httpx.create_ssl_context(),
        max_connections=None,
        max_keepalive_connections=0,
        network_backend=GuardedNetwork(resolve, private=private),
    )
    async with pool:
        yield Sender(pool, clock, patience_s)
