"""The retention logic, pure: no Kafka, no Redis, no clock, no I/O.

`advance` is the heart. It walks four steps: `absorb` (an event into rolling facts), `score` (facts
into R, F and M), `standing` (scores into segment,
stage and tier) and `react` (transitions and events into
triggers). `wake` says when a row changes by the clock alone. `view` and `explain` show a row to
people; `row` turns it into bytes and back.
"""
