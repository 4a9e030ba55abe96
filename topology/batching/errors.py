"""What can go wrong with a partition.

BatchingError
├── FencedError        another worker owns the partition now
├── CommitFailedError  the transaction did not come about; its outcome does not matter any more
├── OffsetsMissingError  there are rows, but no offsets: the group is asked again
├── StalledError       a partition makes no progress: the worker ends
└── IncompleteError    a changelog lacks records: the worker ends
"""


class BatchingError(Exception):
    """The base of all errors of this package."""


class FencedError(BatchingError):
    """Another worker owns the partition now: this one must let go of it."""


class CommitFailedError(BatchingError):
    """A transaction did not come about. The partition must be restored before it goes on."""


class StalledError(BatchingError):
    """A partition has work and makes no progress. The text says which, where and for how long."""


class OffsetsMissingError(BatchingError):
    """There are rows, but the group has no offsets of what they were made of."""


class IncompleteError(BatchingError):
    """A changelog lacks records, so that rows would be wrong. The text says which, and why."""
