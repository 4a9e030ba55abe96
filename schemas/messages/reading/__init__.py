"""Reading: a message as it was sent becomes a message of the contract.

The worker, the API and a replay all read a message by `read_message`, so the same message has the
same outcome everywhere. The quick decoder (`schemas.messages.fast`) only takes messages that a
reading would not change.

`json_text`        the bytes of a message as an object
`times`            when it happened
`placeholder_ids`  ids such as undefined, which name nobody
`handles`          names on social networks
`ids`              the ids of a message, in the form in which they are compared
`field_names`      the names of fields, in any spelling
`amounts`          the total of an order, an edit or a refund
`near_names`       optional fields that decide, under names that are not their own
`plain_names`      names of a message under which no other field may stand
`refund_parts`     names by which a refund names a part of an order
`traits`           the traits of a customer
`consent`          the purposes that a customer agreed to
`passed_over`      side fields that can't be read
`message`          all of these, in turn
`refusals`         why a message is refused

`schemas.messages.event_names` and `schemas.messages.spelling` find the event and the words that a
sender means.
"""

from schemas.messages.reading.ids import NoProfileError, PlaceholderIdError, as_name
from schemas.messages.reading.json_text import Json, encode, encode_exactly, parse
from schemas.messages.reading.message import IGNORED_PATHS, Reading, known_path, read_message
from schemas.messages.reading.near_names import UnclearFieldError
from schemas.messages.reading.times import TIME_FIELDS, UnreadableTimeError, parse_time, set_time

__all__ = [
    "IGNORED_PATHS",
    "TIME_FIELDS",
    "Json",
    "NoProfileError",
    "PlaceholderIdError",
    "Reading",
    "UnclearFieldError",
    "UnreadableTimeError",
    "as_name",
    "encode",
    "encode_exactly",
    "known_path",
    "parse",
    "parse_time",
    "read_message",
    "set_time",
]
