"""Errors of a partition.

BatchingError
├── FencedError        another worker owns the partition now
├── CommitFailedError  a transaction failed, or its outcome is unknown: the partition is restored
│   └── MissingMarkerError  a completed transaction has no marker in the changelog
├── MissingOffsetsError  there are rows, but no committed offsets: the worker rejoins the group
├── StalledError       a partition makes no progress: the worker ends
├── UnknownOutputError  a handler writes to a topic that the settings do not list: a bug
└── IncompleteChangelogError  a changelog lacks records: the worker ends
"""


class BatchingError(Exception):
    """The base of all errors of this package."""


class FencedError(BatchingError):
    """Another worker owns the partition now: this worker must release it."""


class CommitFailedError(BatchingError):
    """A transaction failed. The worker must restore the partition before it continues."""


class MissingMarkerError(CommitFailedError):
    """A changelog has records of a completed transaction, but not its marker.

    `end` is the offset of the first such record, the last stable offset.
    """

    def __init__(self, place: str, end: int, last: int) -> None:
        super().__init__(
            f"{place} has records without the marker of their transaction: {end} to {last}"
        )
        self.end = end


class StalledError(BatchingError):
    """A partition has work and makes no progress. The message names it, its position and time."""


class MissingOffsetsError(BatchingError):
    """There are rows, but the group has no committed offsets of the sources."""


class IncompleteChangelogError(BatchingError):
    """A changelog lacks records, so rows would be wrong. The message says which, and why."""


class UnknownOutputError(BatchingError):
    """A handler writes to a topic that the settings do not list: a bug in the program."""
