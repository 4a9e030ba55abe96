"""The audit trail: who did what, when, from where, and with which outcome.

`trail` writes records, also of the policy that a role uses, `request_audit` those of HTTP requests,
and `command_audit` those of the command line.
"""
