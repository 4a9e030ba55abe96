"""All of Stammkunde at once: the local stack, the topics, and each role as a child process.

`run` is the whole. `plan` says which services there are, `child` runs one of them once,
`supervise` keeps it running by the rule in `restarts`, `roster` knows which can't run. `servers`
sees whether a given Redis is there, and keeps our own Kafka and Valkey running, `readiness` waits
for the API, `api_port` chooses its port, `data_folder` keeps a second start away, `stack_file`
tells others the addresses.
"""
