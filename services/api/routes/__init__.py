"""The routes of the API, one module for each subject, with the models of their answers."""

from typing import Final

from fastapi import APIRouter

from services.api.pages import routes as pages
from services.api.routes import (
    connect,
    customers,
    dead_letter_retries,
    dead_letters,
    erasures,
    exhausted,
    export,
    held,
    held_reviews,
    ingest,
    operations,
    policy_trials,
    streams,
    suppressions,
    triggers,
    webhooks,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    customers.router,
    export.router,
    erasures.router,
    suppressions.router,
    triggers.router,
    held.router,
    held_reviews.router,
    webhooks.router,
    exhausted.router,
    dead_letters.router,
    dead_letter_retries.router,
    streams.router,
    policy_trials.router,
    operations.router,
    ingest.router,
    connect.router,
    pages.router,
)
"""All of them, in the order of the OpenAPI document."""
