"""Sends recorded source messages into their topics, in time order, with the ticks of a clock.

`file_format` checks a file, `source_lines` reads its JSON lines, `csv_rows` its CSV rows by a
`column_map`. `schedule` puts the lines in time order, with ticks between them. `send` writes them
to Kafka, and `checkpoint` stores how far it is. `worker_refusals` finds out which messages the
workers have refused. `run` is the whole.
"""
