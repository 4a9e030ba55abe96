"""Opening: restores the rows of a partition, and checks that nothing is missing."""

from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from faust.types import TP

from topology.batching.completeness import Committed, describe_loss, noted_end
from topology.batching.config import BatchConfig
from topology.batching.dependencies import Dependencies
from topology.batching.errors import (
    BatchingError,
    FencedError,
    IncompleteChangelogError,
    MissingMarkerError,
    MissingOffsetsError,
)
from topology.batching.restore import Restored, RestoreProgress, restore
from topology.batching.snapshots import PartitionSnapshots
from topology.batching.writer import TransactionalWriter

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening of one partition, whose number this is."""

    number: int
    config: BatchConfig
    dependencies: Dependencies
    progress: RestoreProgress

    async def restore(self, writer: TransactionalWriter, snapshots: PartitionSnapshots) -> Restored:
        """Read the rows, from the snapshot and the changelog. The writer is open."""
        try:
            return await restore(self.config, self.number, self.progress, snapshots)
        except MissingMarkerError as missing:
            _log.warning(
                "the broker lost markers of a transaction, ending it again", reason=str(missing)
            )
            tps = tuple(TP(topic, self.number) for topic in self.config.topics)
            committed = await self.dependencies.control.committed(tps)
            # Rows and offsets are one transaction: if the offsets are committed, so are the rows.
            was_committed = noted_end(committed.values()) > missing.end
            await writer.write_missing_markers(dict.fromkeys(tps, 0), committed=was_committed)
        return await restore(self.config, self.number, self.progress, snapshots)

    async def check(self, rows: int, committed: Iterable[Committed]) -> None:
        """Refuse rows that can't be continued: records are missing, or the sources' offsets are.

        Args:
            rows: how many rows were restored.
            committed: the group's commits of the sources.

        Raises:
            FencedError: another worker has written rows since they were restored.
            IncompleteChangelogError: the changelog lacks records.
            MissingOffsetsError: there are rows, and no offsets.
        """
        commits = tuple(committed)
        await self._check_changelog(commits)
        self._check_offsets(rows, commits)

    async def _check_changelog(self, committed: Iterable[Committed]) -> None:
        end = self.progress.end or 0
        missing = describe_loss(self.progress.begin, end, committed)
        if missing is None:
            return
        rows = TP(self.config.changelog, self.number)
        if (await self.dependencies.control.ends([rows]))[rows] > end:
            # This worker was frozen, and another one has continued with the partition.
            msg = f"rows of partition {self.number} were written after they had been restored"
            raise FencedError(msg)
        details = f"partition {self.number} of {self.config.changelog} lacks records: {missing}"
        self._refuse(IncompleteChangelogError(details))

    def _check_offsets(self, rows: int, committed: Iterable[Committed]) -> None:
        """Refuse to start at the beginning of the sources if rows exist: events would count twice.

        The worker writes rows and source offsets in one transaction. So rows without offsets mean
        that the group's offsets have expired or were deleted.
        """
        if not rows or any(one.offset is not None for one in committed):
            return
        details = (
            f"partition {self.number} has rows ({rows}), but the group "
            f"{self.config.app_id} has no committed offsets of its sources"
        )
        self._refuse(MissingOffsetsError(details))

    def _refuse(self, error: BatchingError) -> None:
        """Raise the error, unless the settings accept an incomplete changelog."""
        if not self.config.accepts_incomplete_changelog:
            raise error
        _log.warning(
            "continuing with an incomplete changelog, as the settings say", reason=str(error)
        )
