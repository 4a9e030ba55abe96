"""The local stack: one Apache Kafka and one Valkey as child processes, without Docker.

`stack` puts it together; `kafka` and `valkey` are the two servers; `jars` and `java` find what
Kafka needs; `process`, `ports` and `folder` keep a server supervised, addressed and alone in its
folder; `errors` has every sentence that a failure ends in.
"""

from services.tools.local_stack.errors import StackError
from services.tools.local_stack.kafka import KafkaServer
from services.tools.local_stack.stack import Addresses, local_stack
from services.tools.local_stack.valkey import ValkeyServer

__all__ = ["Addresses", "KafkaServer", "StackError", "ValkeyServer", "local_stack"]
