"""Dead letters: reads, counts and retries them.

`dead_letter` is one record and the customers it names, `selection` a filter over them, `erased`
hides the letters of erased customers, `view` is what the API and people look at. `reader`
reads the topic, `page` lists it newest first. `retry` decides what becomes of a dead letter and
sends it, `retry_page` does so for one request. `counts` keeps the metric while the API runs.
"""
