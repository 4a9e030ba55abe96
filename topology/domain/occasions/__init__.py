"""Occasions: what rules wait for, one module for each family.

A module has all that the domain knows of its family: a `Kind` for each `when` of it, which says how
it is put in words, how far a customer is from it, and what sets it off: a transition, an event or
the clock. `schemas.policy.occasions` has the models, in modules of the same names. `families` lists
the families, and `compiled` sorts the cases of a policy by what sets them off.
"""
