"""A compacted topic of Kafka as a table in memory: keys, values, and who follows them.

`table` is what others use, `reader` reads the topic, `writer` writes to it, `view` is what has been
read.
"""
