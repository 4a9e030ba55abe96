"""A compacted topic as a table in memory.

Others use the `table`. Its `reader` follows the topic, and its `writer` writes to it.
"""
