"""The metrics of the archive for Prometheus.

stammkunde_archive_records_total{topic}   records in files that are durable
stammkunde_archive_erased_total           records that were left out or removed by erasures
stammkunde_archive_lost_total{topic}      offsets that Kafka had deleted before they were archived
stammkunde_archive_bytes                  the room that all files take
stammkunde_archive_files                  how many there are
stammkunde_archive_damaged_files          files that could not be read at the last erasure
stammkunde_archive_store_up               1 while the store takes files, else 0
stammkunde_archive_waiting_records        records that wait for their file
stammkunde_archive_waiting_seconds        how long the oldest record has waited for its file
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.archive.file_name import Partition

_NAME: Final = "stammkunde_archive_"


class ArchiveMetrics:
    """The metrics of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.records = Counter(
            f"{_NAME}records", "Records in durable files.", ["topic"], registry=self.registry
        )
        self.erased = Counter(f"{_NAME}erased", "Records erased.", registry=self.registry)
        self.lost = Counter(
            f"{_NAME}lost", "Offsets deleted unarchived.", ["topic"], registry=self.registry
        )
        self._lost_to: dict[Partition, int] = {}
        self.bytes = self._gauge("bytes", "The room that all files take.")
        self.files = self._gauge("files", "How many files there are.")
        self.damaged = self._gauge("damaged_files", "Files that an erasure could not read.")
        self.store_up = self._gauge("store_up", "Whether the store takes files.")
        self.waiting_records = self._gauge("waiting_records", "Records that wait for their file.")
        self.waiting = self._gauge("waiting_seconds", "How long the oldest record has waited.")

    def watch_waiting(self, records: Callable[[], float], seconds: Callable[[], float]) -> None:
        """Ask at each scrape how many records wait, and for how long the oldest one has."""
        self.waiting_records.set_function(records)
        self.waiting.set_function(seconds)

    def count_lost(self, partition: Partition, offsets: range) -> None:
        """Count lost offsets, each once: until the next file each session finds them again."""
        first = max(offsets.start, self._lost_to.get(partition, 0))
        self.lost.labels(partition.topic).inc(max(0, offsets.stop - first))
        self._lost_to[partition] = max(first, offsets.stop)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"{_NAME}{name}", text, registry=self.registry)
