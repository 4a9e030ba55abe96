"""The API over real HTTP and a real Kafka, as those have it who send messages in."""

from tests.services.ingest.conftest import api, consumer, written

__all__ = ["api", "consumer", "written"]
