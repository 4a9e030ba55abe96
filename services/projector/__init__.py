"""The projector: reads what the workers have committed to Kafka, and writes the read model.

to see or change                            open
how it starts, waits for servers, goes on   `run`
one life: resume, follow, report, trim      `session`
how records change the read model           `projection`, and `records` to read them
the consumer and the topics                 `feed`, `sources`, `broker_requests`
how far it is, when it must build again      `progress`
the sign of life that a probe reads         `liveness`
"""
