"""The routes of webhook subscriptions."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path
from fastapi.responses import Response

from schemas.audit import AuditedAction
from services.api.answers import json_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.routes.webhook_models import (
    NewSubscription,
    PingResult,
    Rotation,
    SubscriptionChange,
    SubscriptionList,
    SubscriptionView,
    SubscriptionWithSecret,
    subscription_view,
    view_with_secret,
)
from services.api.webhook_subscriptions import MOST, TooManyError
from services.platform.access.needs import audited, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import (
    CONFLICT,
    INVALID,
    NOT_FOUND,
    REFUSALS,
    UNAVAILABLE,
    UNREADABLE,
    problems,
)
from services.platform.http.problems import FieldError, InvalidField, Problem
from services.webhooks.addresses import UrlError
from services.webhooks.message import ping_body
from services.webhooks.outcome import Delivered, Failed
from services.webhooks.status import DeliveryStatus
from services.webhooks.subscriptions import Subscription

router = APIRouter(
    prefix="/v1/webhooks/subscriptions",
    tags=["webhooks"],
    dependencies=[Depends(needs(Scope.ADMIN))],
    responses=REFUSALS,
)


class UnknownSubscription(Problem):
    """No subscription has this id."""

    status, kind = HTTPStatus.NOT_FOUND, "unknown-subscription"
    detail = "There is no such subscription; GET /v1/webhooks/subscriptions lists them."


class TooManySubscriptions(Problem):
    """There is no room for one more."""

    status, kind = HTTPStatus.CONFLICT, "too-many-subscriptions"
    detail = f"There are {MOST} subscriptions, and there is room for no more: delete one first."


SubscriptionId = Annotated[str, Path(examples=["sub_4f1c8e2a9b7d6035"])]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Subscribe to triggers",
    dependencies=[Depends(audited(AuditedAction.CREATE_WEBHOOK))],
    response_model=SubscriptionWithSecret,
    responses=problems(UNREADABLE, INVALID, CONFLICT, UNAVAILABLE),
)
async def post_subscription(dependencies: AppDependencies, new: NewSubscription) -> Response:
    """Triggers from now on are sent to the URL, signed as Standard Webhooks.

    The answer is the only place where the secret is ever shown: keep it.
    """
    await _check(dependencies, new.url, new.rules)
    try:
        made = await dependencies.webhooks.create(new.model_dump())
    except TooManyError:
        raise TooManySubscriptions from None
    answer = json_of(view_with_secret(made, DeliveryStatus(), is_gone=False))
    answer.status_code = HTTPStatus.CREATED
    answer.headers["Location"] = f"{router.prefix}/{made.id}"
    return answer


@router.get(
    "",
    summary="All subscriptions",
    response_model=SubscriptionList,
    responses=problems(UNAVAILABLE),
)
async def get_subscriptions(dependencies: AppDependencies) -> Response:
    """The oldest first, without their secrets, and how the deliveries of each go."""
    all_of_them = dependencies.webhooks.directory().subscriptions.values()
    in_order = sorted(all_of_them, key=lambda one: (one.created_at, one.id))
    return json_of(SubscriptionList(items=tuple(_view(dependencies, each) for each in in_order)))


@router.get(
    "/{subscription_id}",
    summary="One subscription",
    response_model=SubscriptionView,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_subscription(
    dependencies: AppDependencies, subscription_id: SubscriptionId
) -> Response:
    """What it asks for, whether it is on, and how its deliveries go.

    `last_success_at`, `last_error` and `backlog` outlast a restart; they are some seconds old.
    """
    return json_of(_view(dependencies, found(dependencies, subscription_id)))


@router.patch(
    "/{subscription_id}",
    summary="Change a subscription",
    dependencies=[Depends(audited(AuditedAction.CHANGE_WEBHOOK))],
    response_model=SubscriptionView,
    responses=problems(UNREADABLE, NOT_FOUND, INVALID, UNAVAILABLE),
)
async def patch_subscription(
    dependencies: AppDependencies, subscription_id: SubscriptionId, change: SubscriptionChange
) -> Response:
    """What is left out stays. A new URL counts from the next attempt on, filters from now on."""
    found(dependencies, subscription_id)
    fields = {
        name: value
        for name, value in change.model_dump(exclude_unset=True).items()
        if value is not None or name in {"rules", "kinds"}
    }
    await _check(dependencies, change.url, change.rules)
    changed = await dependencies.webhooks.change(subscription_id, fields)
    if changed is None:
        raise UnknownSubscription
    return json_of(_view(dependencies, changed))


@router.delete(
    "/{subscription_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete a subscription",
    dependencies=[Depends(audited(AuditedAction.DELETE_WEBHOOK))],
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def delete_subscription(
    dependencies: AppDependencies, subscription_id: SubscriptionId
) -> Response:
    """Nothing more is sent, and what was not delivered is forgotten."""
    if not await dependencies.webhooks.delete(subscription_id):
        raise UnknownSubscription
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post(
    "/{subscription_id}/rotate-secret",
    summary="Replace the secret",
    dependencies=[Depends(audited(AuditedAction.ROTATE_WEBHOOK))],
    response_model=SubscriptionWithSecret,
    responses=problems(UNREADABLE, NOT_FOUND, INVALID, UNAVAILABLE),
)
async def post_rotation(
    dependencies: AppDependencies,
    subscription_id: SubscriptionId,
    rotation: Annotated[Rotation, Body()] = Rotation(),  # noqa: B008 - frozen
) -> Response:
    """The answer has the new secret. Until the overlap ends webhooks are signed with both."""
    changed = await dependencies.webhooks.rotate(
        subscription_id, timedelta(seconds=rotation.overlap_s)
    )
    if changed is None:
        raise UnknownSubscription
    gone = dependencies.webhooks.directory().is_gone(changed)
    status = dependencies.webhooks.status(subscription_id)
    return json_of(view_with_secret(changed, status, is_gone=gone))


@router.post(
    "/{subscription_id}/ping",
    summary="Send a test",
    response_model=PingResult,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def post_ping(dependencies: AppDependencies, subscription_id: SubscriptionId) -> Response:
    """Sends one webhook of type `webhook.ping` now, and says how that ended. Nothing is retried."""
    subscription = found(dependencies, subscription_id)
    body = ping_body(subscription_id, dependencies.webhooks.clock.now())
    ping_id = f"ping_{secrets.token_hex(8)}"
    outcome = await dependencies.webhooks.sender.send(subscription, ping_id, body)
    return json_of(
        PingResult(
            delivered=isinstance(outcome, Delivered),
            status=outcome.status,
            reason=outcome.reason if isinstance(outcome, Failed) else None,
        )
    )


def found(dependencies: Dependencies, subscription_id: str) -> Subscription:
    """Return a subscription; raises UnknownSubscription."""
    subscription = dependencies.webhooks.directory().subscriptions.get(subscription_id)
    if subscription is None:
        raise UnknownSubscription
    return subscription


def _view(dependencies: Dependencies, subscription: Subscription) -> SubscriptionView:
    gone = dependencies.webhooks.directory().is_gone(subscription)
    return subscription_view(
        subscription, dependencies.webhooks.status(subscription.id), is_gone=gone
    )


async def _check(dependencies: Dependencies, url: str | None, rules: Sequence[str] | None) -> None:
    """Refuse a URL to which webhooks can't be sent, and rules that the policy does not have."""
    errors = [
        FieldError(
            field="rules", message=f"there is no rule {rule!r}; there are {_names(dependencies)}"
        )
        for rule in rules or ()
        if rule not in dependencies.rules
    ]
    if url is not None:
        try:
            await dependencies.webhooks.check_url(url)
        except UrlError as error:
            errors.append(FieldError(field="url", message=str(error)))
    if errors:
        raise InvalidField(errors)


def _names(dependencies: Dependencies) -> str:
    return ", ".join(dependencies.rules)
