"""What can go wrong with a partition.

BatchingError
├── FencedError        another worker owns the partition now
├── CommitFailedError  the transaction did not come about; its outcome does not matter any more
│   └── MissingMarkerError   the changelog has a transaction that is complete and has no end there
├── MissingOffsetsError  there are rows, but no offsets: the group is asked again
├── StalledError       a partition makes no progress: the worker ends
├── UnknownOutputError   a handler writes to a topic that the settings do not name: a fault
└── IncompleteChangelogError    a changelog lacks records: the worker ends
"""


class BatchingError(Exception):
    """The base of all errors of this package."""


class FencedError(BatchingError):
    """Another worker owns the partition now: this one must let go of it."""


class CommitFailedError(BatchingError):
    """A transaction did not come about. The partition must be restored before it goes on."""


class MissingMarkerError(CommitFailedError):
    """A changelog has records of a transaction that nobody can end any more, and no end of it.

    `end` is the offset of the first such record: up to there the changelog can be read.
    """

    def __init__(self, place: str, end: int, last: int) -> None:
        super().__init__(
            f"{place} has records without the end of their transaction: {end} to {last}"
        )
        self.end = end


class StalledError(BatchingError):
    """A partition has work and makes no progress. The text says which, where and for how long."""


class MissingOffsetsError(BatchingError):
    """There are rows, but the group has no offsets of what they were made of."""


class IncompleteChangelogError(BatchingError):
    """A changelog lacks records, so that rows would be wrong. The text says which, and why."""


class UnknownOutputError(BatchingError):
    """A handler writes to a topic that the settings do not name: a fault in the program."""
