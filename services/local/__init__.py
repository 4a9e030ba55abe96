"""The local stack: one Apache Kafka and one Valkey as child processes, without Docker.

`stack` puts it together; `kafka` and `valkey` are the two servers; `jars` and `java` find what
Kafka needs; `process`, `ports` and `folder` keep a server supervised, addressed and alone in its
folder; `errors` has every sentence that a failure ends in.
"""

from services.local.errors import StackError
from services.local.kafka import KafkaServer
from services.local.stack import Addresses, local_stack
from services.local.valkey import ValkeyServer

__all__ = ["Addresses", "KafkaServer", "StackError", "ValkeyServer", "local_stack"]
