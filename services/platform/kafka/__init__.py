"""Kafka as every role meets it: security, topics, clients, how far the workers are."""
