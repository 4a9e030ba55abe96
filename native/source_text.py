"""Source text: a source, and what is put into it, so that all other lines stay as they are."""

import ast

Place = tuple[int, int]


def start_of(node: ast.AST) -> Place:
    """Where it begins, with its decorators."""
    if isinstance(node, ast.ClassDef) and node.decorator_list:
        node = node.decorator_list[0]
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def end_of(node: ast.AST) -> Place:
    """Where it ends."""
    return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


class SourceText:
    """A source, and what is put into it. Columns count bytes, as those of `ast`."""

    def __init__(self, source: str) -> None:
        self._source = source.encode()
        self._lines = [0]
        for line in self._source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._edits: list[tuple[int, int, int, bytes]] = []

    def _at(self, place: Place) -> int:
        return self._lines[place[0] - 1] + place[1]

    def put(self, start: Place, end: Place, text: str) -> None:
        """Replace what is between two places."""
        self._edits.append((self._at(start), self._at(end), len(self._edits), text.encode()))

    def put_line(self, first: int, end: int, text: str) -> None:
        """Replace the lines from one to before another."""
        rest = "\n" * (end - first)
        self.put((first, 0), (end, 0), text + rest)

    def result(self) -> str:
        """The source with all of that in it."""
        source, place, parts = self._source, 0, []
        for start, end, _, text in sorted(self._edits):
            parts += [source[place:start], text]
            place = end
        return b"".join([*parts, source[place:]]).decode()
