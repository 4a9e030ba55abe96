"""The retention logic, pure: no Kafka, no Redis, no clock, no I/O.

`advance` is the heart. It walks four `steps`: `absorb` (an event into rolling `facts`), `score`
(facts into R, F and M), the classifier (scores into a value of each dimension) and `react`
(transitions and events into triggers), as the compiled `policy` says. `occasions` has a module for
each family of what a rule may wait for, `rules` what cases are made of. `wake` says when a row
changes by the clock alone. `rows` turns it into bytes and back; `shown` is what people see of it.
"""
