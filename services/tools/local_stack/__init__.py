"""The local stack: one Apache Kafka and one Valkey as child processes, without Docker.

`stack` puts it together. `kafka` and `valkey` are the two servers, and `server` is what they have
in common: a child process, `ports`, and a private `folder`. `jars` downloads Kafka, `storage` has
a formatted storage for it, and `pin` changes its version. `errors` has every error message.
"""

from services.tools.local_stack.errors import StackError
from services.tools.local_stack.kafka import KafkaServer
from services.tools.local_stack.stack import Addresses, local_stack
from services.tools.local_stack.valkey import ValkeyServer

__all__ = ["Addresses", "KafkaServer", "StackError", "ValkeyServer", "local_stack"]
