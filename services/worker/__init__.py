"""The worker: one process of the stream."""
