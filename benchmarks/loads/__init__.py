"""The loads: what is written to Kafka before, or while, something is measured."""
