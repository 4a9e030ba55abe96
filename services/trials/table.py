"""Tables of text: columns as wide as they need to be, numbers to the right."""

from collections.abc import Iterable, Iterator, Sequence

INDENT = "  "
_GAP = "  "


def table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Iterator[str]:
    """Write a table, a line at a time. The first column is text, the others are numbers.

    A zero is a dot, so that the eye finds what differs.
    """
    lines = [list(head), *([_cell(each) for each in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        yield INDENT + _GAP.join(cells).rstrip()


def _cell(value: str | int) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if value else "·"
