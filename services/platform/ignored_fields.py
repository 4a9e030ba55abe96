"""Counts the fields that were passed over, for Prometheus.

stammkunde_ignored_fields_total{field}  fields that could not be read, and decide nothing;
                                        counted each time that a message is read
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter

from schemas.messages.reading import Reading, known_path


class IgnoredFields:
    """What one process has passed over. The label is one of `IGNORED_PATHS`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._fields = Counter(
            "stammkunde_ignored_fields",
            "Fields that were passed over: they could not be read, and decide nothing.",
            ["field"],
            registry=registry,
        )

    def note(self, reading: Reading) -> None:
        """Count what a reading has passed over."""
        self.count(reading.ignored)

    def count(self, paths: Iterable[str]) -> None:
        """Count fields by their paths."""
        for path in paths:
            self._fields.labels(known_path(path)).inc()
