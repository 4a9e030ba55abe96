"""The base of every role: settings, logs, metrics, Kafka, HTTP, access control and its audit."""
