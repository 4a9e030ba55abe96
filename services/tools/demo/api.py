"""Asks the HTTP API, as anybody else would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

from schemas.customer import Customer
from schemas.trigger import Trigger
from services.api.answers import Listing, SegmentCounts

PAGE: Final = 500
TIMEOUT_S: Final = 30.0


class ApiAwayError(Exception):
    """It does not answer, or says that it can't just now."""


class Api:
    """The API at `url`. Everything raises ApiAwayError while it has nothing to say."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http

    async def segments(self) -> SegmentCounts:
        """Ask for the customers by segment."""
        return SegmentCounts.model_validate_json(await self._get("/v1/segments"))

    async def triggers(self, after: str | None) -> Listing[Trigger]:
        """Ask for the triggers after a cursor, in order; at most `PAGE` of them."""
        said = await self._get("/v1/triggers", after=after, limit=PAGE)
        return Listing[Trigger].model_validate_json(said)

    async def customers(self, segment: str | None = None) -> AsyncIterator[Customer]:
        """Ask for every customer, or for those of one segment, page after page."""
        cursor = None
        while True:
            said = await self._get("/v1/customers", segment=segment, cursor=cursor, limit=PAGE)
            page = Listing[Customer].model_validate_json(said)
            for customer in page.items:
                yield customer
            cursor = page.next
            if cursor is None:
                return

    async def _get(self, path: str, **query: str | int | None) -> bytes:
        asked = {name: value for name, value in query.items() if value is not None}
        try:
            answer = await self._http.get(path, params=asked)
        except httpx.TransportError as error:
            raise ApiAwayError from error
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise ApiAwayError
        answer.raise_for_status()
        return answer.content


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Api]:
    """Keep a connection for as long as the block lasts. No proxy is asked: the API is near."""
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False) as http:
        yield Api(url, http)
