"""Sign-ups: first orders of new customers. Each brings a transition, from no segment into `new`.

Its message id carries the time at which it was meant to be sent, so whoever sees the transition
knows how long it took, also if the producer was late.
"""

from datetime import UTC, datetime

_ORDER = (
    '{"type":"track","event":"Order Completed","messageId":"%s","userId":"%s","timestamp":"%s",'
    '"context":{"channel":"web"},"properties":{"order_id":"%s","total":59.9,"currency":"EUR"}}'
)
_SEPARATOR = "@"


def customer_of(series: str, number: int) -> str:
    """The id of a series' customer."""
    return f"{series}-{number:07d}"


def signup(customer: str, meant: float) -> bytes:
    """The message. `meant` is a time in seconds since 1970."""
    series = customer.rpartition("-")[0]
    at = datetime.fromtimestamp(meant, UTC).isoformat(timespec="milliseconds")
    message_id = f"{series}{_SEPARATOR}{meant:.6f}"
    return (_ORDER % (message_id, customer, at, f"o-{customer}")).encode()


def read_message_id(message_id: str) -> tuple[str, float] | None:
    """The series, and the time that was meant; None if it is no sign-up's."""
    series, separator, meant = message_id.rpartition(_SEPARATOR)
    return (series, float(meant)) if separator else None
