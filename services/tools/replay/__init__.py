"""Sends recorded source messages into their topics, in time order, with the ticks of a clock.

`line` reads one line, `routing` says where it belongs, `chronology` puts lines in order, `schedule`
puts ticks between them: all pure. `source` reads files, `send` talks to Kafka, `run` is the whole.
"""
