"""The audit trail: who did what, when, from where, and what came of it.

`trail` writes records, `request_audit` those of a request, `command_audit` those of the command,
`policy_note` which policy a role works with.
"""
