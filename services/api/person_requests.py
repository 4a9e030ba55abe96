"""Requests of connected shops about somebody's data: erasures happen, the others are recorded."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import structlog
from starlette.types import Scope

from schemas.audit import AuditedAction, AuditRecord
from services.api.erasure_requests import Erasures, SaltNeeded
from services.connect.mapped import Outcome
from services.connect.naming import Naming
from services.connect.receive import PersonRequest
from services.platform.audit.request_audit import RequestAudit
from services.platform.http.problems import Problem
from services.read_model.customers import list_ids, names_of_each
from services.read_model.reader import ReadModel

ACTIONS: Final = {
    Outcome.ERASURE: AuditedAction.ERASE,
    Outcome.DATA_REQUEST: AuditedAction.REQUEST_EXPORT,
    Outcome.SHOP_ERASURE: AuditedAction.ERASE_SHOP,
}
AT_A_TIME: Final = 200
"""Customers of a shop that are erased at a time."""


@dataclass(frozen=True, slots=True)
class PersonRequests:
    """Answers the requests that come in by one HTTP request."""

    erasures: Erasures
    model: ReadModel
    audit: RequestAudit
    scope: Scope

    async def answer(self, request: PersonRequest) -> None:
        """Record a request, and do what it asks for; return once it is safe in Kafka.

        Raises:
            Unavailable: nothing was done, or not all of it. The shop sends its request again.
            FaultError, ReadModelError: likewise.
        """
        entries = [self._entry(request, name) for name in request.names or (None,)]
        await asyncio.gather(*map(self.audit.begin, entries))
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        try:
            await self._do(request)
            status = HTTPStatus.OK
        except Problem as problem:
            status = problem.status
            raise
        finally:
            await asyncio.gather(*(self.audit.end(each, status) for each in entries))

    def _entry(self, request: PersonRequest, name: str | None) -> AuditRecord:
        parameters = {} if name is None else {"customer_id": quote(name, safe="")}
        entry = self.audit.entry(ACTIONS[request.outcome], self.scope, None, parameters)
        source = request.source.key
        return entry.model_copy(update={"actor": source, "target": source})

    async def _do(self, request: PersonRequest) -> None:
        log = structlog.get_logger().bind(source=request.source.key)
        match request.outcome:
            case Outcome.DATA_REQUEST:
                log.info("data_requested")
            case Outcome.SHOP_ERASURE:
                await self._erase_shop(request)
                log.warning("shop_erasure_requested")
            case _:
                await self._erase(request, *request.names)

    async def _erase(self, request: PersonRequest, *names: str) -> None:
        salt = self.erasures.salt
        if salt is None:
            raise SaltNeeded
        occasion = f"{request.source.key}/{request.event_id}"
        await asyncio.gather(*(self.erasures.request_once(occasion, name, salt) for name in names))

    async def _erase_shop(self, request: PersonRequest) -> None:
        naming = Naming(request.source.kind, request.source.name)
        async for names in self._customers(naming.prefix):
            await self._erase(request, *names)

    async def _customers(self, prefix: str) -> AsyncIterator[list[str]]:
        """Return one name of each customer who has a name that begins so."""
        after: bytes | None = None
        while True:
            page = await list_ids(self.model, (), after, AT_A_TIME)
            found = await names_of_each(self.model, [each.decode() for each in page.ids])
            owned = ([name for name in each if name.startswith(prefix)] for each in found.values())
            yield [min(names) for names in owned if names]
            after = page.go_on_after
            if after is None:
                return
