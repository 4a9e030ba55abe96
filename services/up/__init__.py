"""All of Stammkunde at once: the local stack, the topics, and each role as a child process.

`run` is the whole. `plan` says which services there are, `child` runs one of them once,
`supervise` keeps it running by the rule in `restarts`. `servers` sees whether Kafka and Redis are
there, `readiness` waits for the API, `api_port` chooses its port, `data_folder` keeps a second
start away, `stack_file` tells others the addresses.
"""
