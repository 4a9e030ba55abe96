"""The OpenAPI document, with what FastAPI leaves out: problems, and a body that a route reads."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.api.routes.dead_letter_retries import RetryRequest
from services.platform.http.problems import ProblemDetails

TITLE = "Stammkunde"
GUIDE = """
Watches every customer live and notices when one is about to leave.

* **Look one customer up**: `GET /v1/customers/{customer_id}`. It shows the segment, the facts
  behind it, and when something changes next if nothing happens. `/transitions` is how they came
  there, `/why` says of each rule why it did or did not fire.
* **Act on triggers**: `GET /v1/triggers?wait=30`, act on each item, then ask again with
  `after` set to the answer's `next`. You get every trigger exactly once. Do not act on one whose
  `holdout` is true: it is there to be measured.
* **Send messages in**: any library of Segment's or RudderStack's, with this API's address as its
  host; or `POST /v1/events/shop`. 200 means that Kafka has them for good.
* **See what was refused**: `GET /v1/dead-letters` says why, and `POST /v1/dead-letters/retry` tries
  it again once that is mended, such as by a rate that was added to the policy.
* **Or have them sent**: `POST /v1/webhooks/subscriptions` subscribes a URL; each trigger comes as
  a signed webhook.
* **Or listen**: `GET /v1/triggers/stream` sends the same as server-sent events, and
  `GET /v1/customers/{customer_id}/stream` one customer's changes.
* **Try another policy**: `POST /v1/policy/trials` says what it would have done, and what it would
  do next, before any customer notices.
* **See the whole**: `GET /v1/segments` counts customers, `GET /v1/customers?segment=at_risk` lists
  them.

Every answer says `as_of`: all that happened until then is in it, what came later is not. In a
replay it is the replay's time. Lists and counts say the earliest instant that every partition has
reached; one customer may be further. Instants are in UTC. Money is in minor units (5990 is 59.90).

JSON has line breaks for people: for curl, Wget, HTTPie and browsers, unless they accept
`application/json` by name. `?pretty` asks for line breaks, `?pretty=false` for none.

Errors are problem details (RFC 9457, `application/problem+json`). Compare `type`, read `detail`.
A 503 says what is away and what to start; ask again after the seconds in `Retry-After`.
"""
TAGS = [
    {"name": "ingest", "description": "Where shops, social tools and help desks send messages."},
    {"name": "customers", "description": "Who they are, how they came there, and why."},
    {"name": "triggers", "description": "What marketing should do next, for whom, and why."},
    {"name": "policy", "description": "What another policy would do, before it is in force."},
    {"name": "webhooks", "description": "Who gets triggers sent, and what did not arrive."},
    {
        "name": "dead letters",
        "description": "Messages that were refused: what they are, why, and how to try them again.",
    },
    {"name": "operations", "description": "For those who run it."},
]


def install(app: FastAPI, components: Mapping[str, Any]) -> None:
    """Let `app` describe itself, with these schemas beside those of the answers."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, components)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # FastAPI's own way to do it


def _document(app: FastAPI, components: Mapping[str, Any]) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        tags=app.openapi_tags,
        routes=app.routes,
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(components)
    for model in (ProblemDetails, RetryRequest):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update({**schema.pop("$defs", {}), model.__name__: schema})
    return found
