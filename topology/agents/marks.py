"""Marks: which names were erased, as far as the rows of this worker say."""

from topology.domain.rows.erased import tombstone_of


class ErasureTombstones:
    """Makes the marks of names. No name costs a hash before there is a mark that it could have.

    `salt` is None if nobody can be erased.
    """

    def __init__(self, salt: bytes | None) -> None:
        self.salt = salt
        self.met = False
        """True if there is a mark, or was one."""

    def meet(self) -> None:
        """Know that there is a mark: it was restored, or is made now."""
        self.met = True

    def of(self, name: bytes) -> bytes | None:
        """The mark of a name, or None as long as no name has one."""
        return tombstone_of(self.salt, name) if self.met and self.salt is not None else None
