"""Kafka for every role: clients, their security, a topic reader, topics, and the worker lag."""
