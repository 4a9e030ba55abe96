"""Dead letters: reads them, counts them, and tries them again.

`letter`, `names`, `moments`, `selection`, `census` and `retry` are pure: what a record says, who it
is about, which are wanted, how many there are, and what would become of one. `log` reads the topic,
`page` gives it newest first, `resend` sends, and `follow` counts while the API runs.
"""
