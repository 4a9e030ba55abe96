"""The retention logic, pure: no Kafka, no Redis, no clock, no I/O.

`advance` is the heart. It goes through the `steps`: `absorb` puts an event into the `history`,
`score` computes R, F and M, the classifier finds the value of each dimension, and `react` raises
triggers, all by the compiled `policy`. `occasions` has a module for each family of occasions,
`rules` has the parts of a case. `wake` finds when a row changes by the clock alone. `rows` turns
rows into bytes and back, `view` into what the API shows.
"""
