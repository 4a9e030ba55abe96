"""A subscriber over HTTP, who goes on from its cursor whatever happens to the API's Redis."""

import asyncio
from typing import Any, Final

import httpx

AGAIN_AFTER_S: Final = 0.2


class Subscriber:
    """Reads `/v1/triggers` page after page.

    `ids` are those that it was given, in order; `troubles` are answers that it should not get.
    """

    def __init__(self, url: str) -> None:
        self.ids: list[str] = []
        self.troubles: list[str] = []
        self._url = url
        self._after: str | None = None

    async def listen(self) -> None:
        """Go on until cancelled."""
        async with httpx.AsyncClient(base_url=self._url, timeout=30) as api:
            while True:
                try:
                    await self._page(api)
                except httpx.HTTPError as error:
                    self.troubles.append(f"subscriber: {error!r}")
                    await asyncio.sleep(AGAIN_AFTER_S)

    async def _page(self, api: httpx.AsyncClient) -> None:
        """Take the next page. That the API has nothing to look into for a while is no trouble."""
        params: dict[str, Any] = {"limit": 1000, "wait": 5}
        if self._after is not None:
            params["after"] = self._after
        answer = await api.get("/v1/triggers", params=params)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            await asyncio.sleep(AGAIN_AFTER_S)
            return
        page = answer.raise_for_status().json()
        self.ids += [each["trigger_id"] for each in page["items"]]
        self._after = page["next"]
