"""Worker lag: how far the workers are behind the sources, and since when a partition stands still.

The workers can't say it themselves: one that hangs says nothing. `asking` asks Kafka, `stillness`
compares two looks, and `watch` looks every few seconds.
"""
