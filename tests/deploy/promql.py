"""Reads PromQL expressions, and compares what they ask for with what is exported."""

from typing import Final

import promql_parser
from promql_parser import AggregateExpr, Expr, MatrixSelector, VectorSelector

from tests.deploy.exported import Exported

BY_PROMETHEUS: Final = {"instance", "job"}
"""The labels that every metric gets when it is fetched."""


def unknown(expression: str, exported: Exported) -> list[str]:
    """What the expression names that nobody exports: metrics and labels.

    Raises:
        ValueError: it is no PromQL.
    """
    selectors: list[VectorSelector] = []
    grouped: set[str] = set()

    def visit(node: Expr) -> None:
        match node:
            case VectorSelector():
                selectors.append(node)
            case MatrixSelector():
                selectors.append(node.vector_selector)
            case AggregateExpr() if node.modifier:
                grouped.update(node.modifier.labels)

    promql_parser.walk(promql_parser.parse(expression), visit)
    names = {str(selector.name) for selector in selectors}
    known = BY_PROMETHEUS.union(*(exported.get(name, ()) for name in names))
    asked = grouped | {one.name for each in selectors for one in each.matchers.matchers}
    return sorted(names - exported.keys()) + sorted(asked - known)
