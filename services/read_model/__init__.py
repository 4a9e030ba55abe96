"""The read model in Redis: what lies where, how it is written, and how it is read."""
