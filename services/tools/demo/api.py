"""Calls the HTTP API, as any other client would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

from schemas.customer import Customer
from schemas.trigger import Trigger
from services.api.answers import Listing, SegmentCounts

PAGE: Final = 500
TIMEOUT_S: Final = 30.0


class ApiUnavailableError(Exception):
    """The API does not answer, or answers with status 503."""


class Api:
    """A client of the API at `url`. Every method raises ApiUnavailableError."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http

    async def segments(self) -> SegmentCounts:
        """Read the number of customers by segment."""
        return SegmentCounts.model_validate_json(await self._get("/v1/segments"))

    async def triggers(self, after: str | None) -> Listing[Trigger]:
        """Read the triggers after a cursor, in order; at most `PAGE` of them."""
        content = await self._get("/v1/triggers", after=after, limit=PAGE)
        return Listing[Trigger].model_validate_json(content)

    async def customers(self, segment: str | None = None) -> AsyncIterator[Customer]:
        """Read every customer, or those of one segment, page after page."""
        cursor = None
        while True:
            content = await self._get("/v1/customers", segment=segment, cursor=cursor, limit=PAGE)
            page = Listing[Customer].model_validate_json(content)
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
            raise ApiUnavailableError from error
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise ApiUnavailableError
        answer.raise_for_status()
        return answer.content


@asynccontextmanager
async def open_api(url: str) -> AsyncIterator[Api]:
    """Connect while the block runs, without a proxy: the API is on this machine."""
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False) as http:
        yield Api(url, http)
