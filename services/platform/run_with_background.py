"""Some work, and what has to go on beside it."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from services.platform.run_until_first_exits import end

T = TypeVar("T")


async def run_with_background(work: Awaitable[T], *others: Awaitable[Any]) -> T:
    """Do the work while the others go on; then end them. They may end earlier.

    What any of them raises ends everything, and is raised.
    """
    main = asyncio.ensure_future(work)
    all_of_them: set[asyncio.Future[Any]] = {main, *map(asyncio.ensure_future, others)}
    under_way = all_of_them
    try:
        while not main.done():
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                ended.result()
        return main.result()
    finally:
        await end(all_of_them)
