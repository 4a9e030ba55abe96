"""Reading: what senders send, in the form of the contract.

One mechanism for every door: the worker, HTTP and a replay read a message by `read_message`, so the
same message has the same fate. The quick decoder (`schemas.messages.fast`) only takes what a
reading would leave as it is.

`json_text`    the bytes of a message as an object
`times`        a time, in any form that can't be mistaken
`clocks`       when it happened, by a clock that is right
`ids`          ids that are nobody's, and e-mail addresses as names
`amounts`      what an order, an edit or a refund comes to
`traits`       what is told of a person
`consent`      what a person agreed to
`passed_over`  side fields that can't be read
`message`      all of these, in turn

How names of events and words of enumerations are spelled is in `schemas.messages.spelling`.
"""

from schemas.messages.reading.amounts import UnreadableAmountError
from schemas.messages.reading.clocks import TIMES, set_time
from schemas.messages.reading.ids import NobodyError, as_name
from schemas.messages.reading.json_text import Json, parse, written, written_exactly
from schemas.messages.reading.message import IGNORED_PATHS, Reading, known_path, read_message
from schemas.messages.reading.times import UnreadableTimeError, moment

__all__ = [
    "IGNORED_PATHS",
    "TIMES",
    "Json",
    "NobodyError",
    "Reading",
    "UnreadableAmountError",
    "UnreadableTimeError",
    "as_name",
    "known_path",
    "moment",
    "parse",
    "read_message",
    "set_time",
    "written",
    "written_exactly",
]
