"""Rows of a newer release: a worker that meets one ends, and the updated workers go on."""

from topology.batching.errors import BatchingError
from topology.domain.rows.row import NewerRowError


class NewerReleaseError(BatchingError):
    """A newer release has written rows that this worker can't read: it ends."""

    def __init__(self, row: NewerRowError) -> None:
        super().__init__(
            f"a newer release has written rows of version {row.version}, and this one reads "
            f"version {row.known} and older. Update this worker to that release, as "
            "docs/upgrade.md says. Nothing is lost: a worker of that release goes on where the "
            "last one has stopped"
        )
