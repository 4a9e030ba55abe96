"""The metrics of the archive for Prometheus.

stammkunde_archive_records_total{topic}   records in files that are durable
stammkunde_archive_erased_total           records that were left out or removed by erasures
stammkunde_archive_bytes                  the room that all files take
stammkunde_archive_files                  how many there are
stammkunde_archive_damaged_files          files that could not be read at the last erasure
stammkunde_archive_store_up               1 while the store takes files, else 0
stammkunde_archive_waiting_seconds        how long the oldest record has waited for its file
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

_NAME: Final = "stammkunde_archive_"


class ArchiveMetrics:
    """The metrics of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.records = Counter(
            f"{_NAME}records", "Records in durable files.", ["topic"], registry=self.registry
        )
        self.erased = Counter(f"{_NAME}erased", "Records erased.", registry=self.registry)
        self.bytes = self._gauge("bytes", "The room that all files take.")
        self.files = self._gauge("files", "How many files there are.")
        self.damaged = self._gauge("damaged_files", "Files that an erasure could not read.")
        self.store_up = self._gauge("store_up", "Whether the store takes files.")
        self.waiting = self._gauge("waiting_seconds", "How long the oldest record has waited.")

    def watch_waiting(self, seconds: Callable[[], float]) -> None:
        """Ask at each scrape how long the oldest record has waited."""
        self.waiting.set_function(seconds)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"{_NAME}{name}", text, registry=self.registry)
