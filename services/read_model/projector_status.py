"""How the projector is doing: it reports to Redis, and the API reads the report."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from services.read_model.reader import ReadModel


class Report(BaseModel):
    """The projector's report, several times a second."""

    model_config = ConfigDict(frozen=True)

    lag: int
    """Records that Kafka had and the read model has not, when Kafka was last asked."""
    behind_s: float | None
    """The age of the latest end of the topics that the projector reached, None before the first."""


@dataclass(frozen=True, slots=True)
class ProjectorStatus:
    """The state of the read model. `report` is None if no projector is alive."""

    built: bool
    report: Report | None
    skipped: int
    """Records that could not be read."""
    on_disk: int = 0
    """How often something was removed that Redis' files may still hold."""


async def read_status(model: ReadModel) -> ProjectorStatus:
    """Read the latest report and what goes with it, even of an unfinished read model."""
    keys = model.keys
    built, alive, skipped, on_disk = await model.ask_anyway(
        ("GET", keys.built), ("GET", keys.alive), ("HVALS", keys.skipped), ("GET", keys.on_disk)
    )
    report = None if alive is None else Report.model_validate_json(alive)
    return ProjectorStatus(built is not None, report, sum(map(int, skipped)), int(on_disk or 0))
