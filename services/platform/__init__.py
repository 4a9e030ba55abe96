"""What every role stands on: settings, logs, Kafka, HTTP, who may do what."""
