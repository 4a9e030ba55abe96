"""Runs all of Stammkunde: the local stack, the topics, and each role as a child process.

`run` is the whole. `deployment` says which services run, and with which environment. `service` runs
one of them once. `supervise` starts services and servers again when they end, and `log_files`
follows their logs. `api_endpoint` chooses the API's port and waits until the API is ready.
`data_folder` belongs to one start at a time, and holds the addresses for other commands.
"""
