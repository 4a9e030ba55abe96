"""HTTP for every route: problems, request bodies, canonical paths, cursors and readable JSON."""
