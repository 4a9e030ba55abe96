"""What can be wrong with a request about dead letters.

Problem
└── UnknownDeadLetter   404
"""

from http import HTTPStatus

from services.platform.http.problems import Problem


class UnknownDeadLetter(Problem):
    """There is none with this id, or whom it named was erased."""

    def __init__(self) -> None:
        detail = "There is no dead letter with this id (any more); GET /v1/dead-letters lists them."
        super().__init__(HTTPStatus.NOT_FOUND, "unknown-dead-letter", detail)
