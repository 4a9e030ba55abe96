"""What a store of the archive raises."""


class StoreAwayError(Exception):
    """The store is full, does not answer, or refuses. The text says which."""


class StoreTakenError(StoreAwayError):
    """Another process archives to the same place."""


class NoSuchFileError(StoreAwayError):
    """There is no such file, or none any more."""
