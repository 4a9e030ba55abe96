"""What the log says of one endpoint."""

from typing import Final

from structlog.typing import FilteringBoundLogger

from services.platform.outage import Outage
from services.webhooks.outcome import Delivered, Ending, Failed
from services.webhooks.partition_queue import Open, Verdict

IN_A_ROW: Final = 3
"""After so many failures in a row the log says that the endpoint fails."""


class EndpointLog:
    """Says once that the endpoint fails, but not for one trigger that it does not like."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._endpoint = Outage(log, "endpoint", after_s=0)
        self._failures = 0

    def say(self, outcome: Ending, verdict: Verdict, one: Open) -> None:
        """Tell how an attempt ended, if that is worth telling."""
        if isinstance(outcome, Failed):
            self._failures += 1
            if self._failures >= IN_A_ROW:
                self._endpoint.away(outcome.reason)
        elif isinstance(outcome, Delivered):
            self._failures = 0
            self._endpoint.back()
        if verdict is Verdict.GONE:
            self._log.warning("endpoint_gone")
        elif verdict is Verdict.EXHAUSTED:
            self._log.warning(
                "delivery_exhausted",
                webhook_id=one.webhook_id,
                attempts=one.attempts,
                reason=one.reason,
            )
