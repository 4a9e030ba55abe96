"""The environment: a Kafka of its own, processes on it, and what the machine did meanwhile."""
