"""Webhooks: the role `delivery` sends each trigger to its subscribers, as Standard Webhooks.

The way of a trigger from its topic to the receiver:

1. `run` reads the subscriptions and the erasures, and joins the consumer group.
2. `membership` starts a worker for each partition that the group assigns to this process.
3. `partition` opens the partition's `journal`, and starts a delivery worker for each subscription.
4. `delivery_queue` reads records by a `trigger_reader` of its own, decodes each into a `message`,
   and opens the wanted ones in its `partition_queue`.
5. `delivery_worker` gives each message that is due to the `sender`.
6. `sender` signs it, connects through the `network` to a checked address, and returns an
   `outcome`.
7. `partition_queue` decides what follows: done, another attempt, or exhausted. The `journal`
   commits that, and only then may the customer's next trigger be sent.

Which file to open:

run                  the role, and how its parts are connected
membership           which partitions this process has
partition            the workers of one partition: started, stopped, set aside, removed
set_aside            faults of our own: which queues stand still, and until when (pure)
delivery_worker      one queue at work: what is sent, and when
delivery_queue       one queue: its messages in memory, what is committed, and when
partition_queue      order, bounds and backoff of one queue (pure)
trigger_reader       reading triggers from Kafka
message              the body of a webhook, its signature and headers (pure)
sender, network      one attempt: HTTP, DNS and connections
addresses            which URLs and addresses are allowed (pure)
outcome              what an answer means, `Retry-After` included (pure)
journal              transactions on the progress of a partition, and a queue's restart
progress             what is stored: queues and exhausted deliveries (pure)
topics               the topics and the keys of their records (pure)
subscriptions        subscriptions, their secrets, requests to send again (pure)
subscription_table   the topic of subscriptions, read and changed by delivery
erasure              customers who were erased: who, and what is removed of them
status               how a subscription's deliveries go, for people (pure)
metrics              the metrics for Prometheus
clock                the time

The API imports `subscriptions`, `progress`, `status`, `topics` and `addresses`, and sends a test
with `message`, `sender`, `network` and `outcome`.
"""
