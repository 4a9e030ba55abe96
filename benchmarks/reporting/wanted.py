"""The figures that are wanted. What was measured is shown beside them, reached or not."""

from typing import Final

EVENTS_PER_SECOND: Final = {"mix": 45_000, "live": 34_000, "backfill": 18_000}
"""One worker, default policy, exactly once, by the load."""
CPU_SECONDS_PER_MILLION: Final = {"mix": 17, "live": 26}
HANDLER_US: Final = {"mix": 14}
"""CPU time of the handler alone for an event."""
TIMES_FAUST: Final = 20
TIMES_QUIX: Final = 2
SHARE_OF_BARE: Final = 0.5

READER_RATE: Final = 10_000
API_RATE: Final = 5_000
"""Events per second at which the latencies are wanted."""
READER_P50_MS: Final = 150
READER_P99_MS: Final = 300
API_P99_MS: Final = 500

INGESTED_PER_SECOND: Final = 5_000
"""Over HTTP, from batches, in one process."""
INGEST_BATCH: Final = 100
"""Events in a batch of which that is wanted: as many as Segment's library for Python sends."""

DUE_S: Final = 12
"""Until all customers that fell due at once are committed."""
NEW_EVENTS_P99_MS: Final = 1_000
"""Meanwhile."""

ARCHIVED_PER_SECOND: Final = 50_000
ARCHIVED_BYTES: Final = 60
"""On disk, for an event."""

MEMORY_MB: Final = 700
RESTORE_S: Final = 6
RESTORE_FROM_SNAPSHOT_S: Final = 2

CPU_TIMES_OF_TWO: Final = 1.1
"""Two workers' CPU time for an event, compared with one worker's."""

TRIAL_S: Final = 90
"""For a million events of 50,000 customers, under two policies."""
TRIAL_MB: Final = 1_000
"""Both processes together."""
