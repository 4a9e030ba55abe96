"""What can be wrong with a request about webhooks.

Problem
├── UnknownSubscription    404
├── UnknownDelivery        404
└── TooManySubscriptions   409
"""

from http import HTTPStatus

from services.api.webhooks import MOST
from services.platform.http.problems import Problem


class UnknownSubscription(Problem):
    """There is none with this id."""

    def __init__(self) -> None:
        detail = "There is no such subscription; GET /v1/webhooks/subscriptions lists them."
        super().__init__(HTTPStatus.NOT_FOUND, "unknown-subscription", detail)


class UnknownDelivery(Problem):
    """There is none with this id, or it is not exhausted."""

    def __init__(self) -> None:
        detail = "No exhausted delivery has this id; …/exhausted lists them."
        super().__init__(HTTPStatus.NOT_FOUND, "unknown-delivery", detail)


class TooManySubscriptions(Problem):
    """There is no room for one more."""

    def __init__(self) -> None:
        detail = f"There are {MOST} subscriptions, and there is room for no more: delete one first."
        super().__init__(HTTPStatus.CONFLICT, "too-many-subscriptions", detail)
