"""Which services can't run: the others go on without them, as long as there are any."""

from collections.abc import Collection
from typing import Protocol

from services.platform.faults import FaultError
from services.tools.up.child import Service
from services.tools.up.report import Report


class ServiceKeepsDyingError(FaultError):
    """A service that was started again and again, and ended every time."""

    def __init__(self, service: Service, status: int, deaths: int) -> None:
        last = (service.last_lines(1) or ["nothing"])[0]
        super().__init__(
            f"The {service.name} ended {deaths} times soon after its start (status {status}), "
            f"its last words: {last} (all of them are in {service.log})"
        )


class NothingRunsError(FaultError):
    """Not one of the services can run."""

    def __init__(self, services: Collection[Service]) -> None:
        logs = ", ".join(str(service.log) for service in services)
        super().__init__(f"None of the services can run. Their logs say why: {logs}.")


class Standing(Protocol):
    """Hears which services can't run, and which of these can run again."""

    def cant_run(self, service: Service, error: ServiceKeepsDyingError) -> None:
        """Hear that a service keeps dying. What is raised ends everything."""

    def runs_again(self, service: Service) -> None:
        """Hear that a service lives that could not run before."""


class AllOrNone:
    """Everything ends as soon as one service can't run."""

    def cant_run(self, service: Service, error: ServiceKeepsDyingError) -> None:  # noqa: ARG002
        """Raise it."""
        raise error

    def runs_again(self, service: Service) -> None:
        """It can't have been away."""


class Roster:
    """The rest goes on while one service can't run; everything ends when none can."""

    def __init__(self, services: Collection[Service], report: Report, again_s: float) -> None:
        self._services = services
        self._report = report
        self._again_s = again_s
        self._away: set[str] = set()

    def cant_run(self, service: Service, error: ServiceKeepsDyingError) -> None:
        """Say so once.

        Raises:
            NothingRunsError: no other is left.
        """
        if service.name in self._away:
            return
        self._away.add(service.name)
        if all(each.name in self._away for each in self._services):
            raise NothingRunsError(self._services) from error
        self._report.warn(
            f"{error}. The rest goes on without it; it is tried again every {self._again_s:g} s."
        )

    def runs_again(self, service: Service) -> None:
        """Say so."""
        self._away.discard(service.name)
        self._report.tell(f"The {service.name} runs again.")
