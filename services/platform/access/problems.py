"""Why a request is not let in.

Problem
├── KeyNeeded         401  none was sent, or one that opens nothing
├── KeyNotEnough      403  it lacks the scope
├── NotFromHere       403  open to this machine only, and it came from a web page or another name
├── TooManyRequests   429
└── KeysNotRead       503
"""

import math
from http import HTTPStatus

from services.platform.access.scope import Scope
from services.platform.http.problems import Problem, Unavailable


class KeyNeeded(Problem):
    """No key was sent, or none that is known."""

    def __init__(self, why: str) -> None:
        detail = (
            f"{why}: send one as the user of HTTP Basic with an empty password, or as "
            "`Authorization: Bearer`. `stammkunde keys create` makes one."
        )
        super().__init__(HTTPStatus.UNAUTHORIZED, "key-needed", detail)
        self.headers = {
            "WWW-Authenticate": 'Basic realm="stammkunde", charset="UTF-8", '
            'Bearer realm="stammkunde"'
        }


class KeyNotEnough(Problem):
    """The key is good, but not for this."""

    def __init__(self, scope: Scope) -> None:
        detail = f"This needs a key with the scope {scope}, and yours has it not."
        super().__init__(HTTPStatus.FORBIDDEN, "key-not-enough", detail)


class NotFromHere(Problem):
    """While there is no key, only programs on this machine are let in, by its own name."""

    def __init__(self, what: str) -> None:
        detail = (
            f"No key has been created yet, so that only this machine itself may ask, and {what} "
            "is another one: create a key with `stammkunde keys create`."
        )
        super().__init__(HTTPStatus.FORBIDDEN, "not-from-here", detail)


class TooManyRequests(Problem):
    """The key asks more often than it may, or for more."""

    def __init__(self, counted: str, wait_s: float) -> None:
        seconds = max(1, math.ceil(wait_s))
        detail = (
            f"This key sends more {counted} than it may: ask again in {seconds} s, and then send "
            "less in the same time."
        )
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", detail)
        self.headers = {"Retry-After": str(seconds)}


class KeysNotRead(Unavailable):
    """Nobody is let in before it is known who may."""

    def __init__(self) -> None:
        super().__init__(
            "keys-not-read",
            "The keys are kept in Kafka and could not be read since this process started: start "
            "Kafka, or check KAFKA_BOOTSTRAP_SERVERS.",
        )
