"""What can be wrong with a request about erasures.

Problem
├── UnknownErasure   404
└── SaltNeeded       503
"""

from http import HTTPStatus

from services.platform.http.problems import Problem


class UnknownErasure(Problem):
    """There is none with this id."""

    def __init__(self) -> None:
        detail = "There is no such erasure. POST /v1/customers/{id}/erase answers with its id."
        super().__init__(HTTPStatus.NOT_FOUND, "unknown-erasure", detail)


class SaltNeeded(Problem):
    """Nobody can be erased here."""

    def __init__(self) -> None:
        detail = (
            "Nobody can be erased yet: set STAMMKUNDE_ERASURE_SALT to a secret of 16 characters or "
            "more, the same for the API, the workers and the projector, and never change it."
        )
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "erasure-salt-missing", detail)
