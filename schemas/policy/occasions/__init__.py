"""What a rule may wait for: one module for each family of occasions, and `when` with all of them.

`docs/journey.md` says exactly what each of them means. What the domain knows of a family is in
`topology.domain.occasions`, in a module of the same name.
"""
