"""The command `stammkunde` of another release: `other_release RELEASE ARGUMENTS`, as a module.

A clean clone has no other release. So this is the same code, but its rows have another version:
it writes and reads them as that release does, and refuses newer ones.
"""

import sys
from collections.abc import Callable
from typing import Any

from msgspec import DecodeError

from topology.domain.history import state
from topology.domain.history.record import decoder, encode, fields_of, replace


def before() -> None:
    """The last release whose rows have version 4: they know nothing of history that comes in."""
    from topology.domain.rows import row, row_v4
    from topology.domain.rows.forward import Forward

    known, head_of, encode_row = row_v4.VERSION, row._decode_head, row.encode_row

    def encode_older(entry: state.State | Forward) -> bytes:
        if isinstance(entry, Forward):
            return encode_row(entry)
        fields = {name: getattr(entry, name) for name in fields_of(row_v4.StateV4)}
        return encode(row_v4.StateV4(**{**fields, "version": known}))

    def refusing_newer(read: Callable[..., Any]) -> Callable[..., Any]:
        def read_older(value: bytes, *rest: Any) -> Any:
            try:
                version = head_of(value).version
            except DecodeError:
                return read(value, *rest)
            if version > known:
                raise row.NewerRowError(version, known)
            return read(value, *rest)

        return read_older

    setattr(row, encode_row.__name__, encode_older)
    for read in (row.read_entry, row.decode_row, row.wake_of, row.currency_in):
        setattr(row, read.__name__, refusing_newer(read))


def after() -> None:
    """The next release with a new version of rows, which has the same fields."""
    older = state.ROW_VERSION
    newer = state.ROW_VERSION + 1
    setattr(state, "ROW_VERSION", newer)  # noqa: B010 - it is final
    from topology.domain.rows import row

    read = decoder(state.State)
    upgrades = {**row.UPGRADES, older: lambda value: replace(read(value), version=newer)}
    setattr(row, "UPGRADES", upgrades)  # noqa: B010 - the same


RELEASES = {each.__name__: each for each in (before, after)}


def main(release: str, *arguments: str) -> int:
    """Run the command, once its rows are those of the release."""
    RELEASES[release]()
    from services.tools.cli.entry import main as command

    sys.argv[1:] = arguments
    return command()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
