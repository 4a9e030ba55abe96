"""Trials: what would another policy have done? Both policies decide over the same records.

`arrivals` puts the records in order, `simulation` lets the real code decide over them, and `side`
is one policy's whole way. `comparison` compares two ways, `proof` compares one with what was really
sent, and `adoption` hands the rows of one policy to the other. `assemble` writes the report, and
`terminal` writes it for people. Nothing here writes to a topic.
"""
