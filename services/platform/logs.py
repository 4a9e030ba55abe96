"""How this program logs: structlog over the standard library's logging, on stderr.

A terminal gets lines to read, anything else one JSON object a line. Our own events have a sentence
beside their name, as `message`.
"""

import logging
import shutil
import sys
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor

from services.platform.log_line import LogLine, in_words, line_of
from services.platform.log_sentences import with_sentence
from services.platform.redact import RedactErrors, redact_tracebacks

CHATTY: Final = ("aiokafka", "httpx", "httpcore")

NOTHING_WRONG: Final = ("Heartbeat failed for group %s because it is rebalancing",)
"""What aiokafka warns of whenever another worker joins the group or leaves it: that is no fault."""

QUIET_S: Final = 60.0
"""How long a chatty library may not say the same thing again."""

SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class OnceInAWhile(logging.Filter):
    """Keeps chatty libraries from saying the same at every retry, whatever the numbers in it."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Let pass what others say, and what was not said for a while."""
        if not record.name.startswith(CHATTY):
            return True
        what = (record.name, str(record.msg))
        said_at = self._said_at.get(what)
        if said_at is not None and record.created - said_at < QUIET_S:
            return False
        self._said_at[what] = record.created
        return True


def log_as_a_service(stream: TextIO = sys.stderr) -> None:
    """Log what happens from INFO up: for roles that run for long."""
    _set_up(stream, logging.INFO)
    for handler in logging.getLogger().handlers:
        handler.addFilter(OnceInAWhile())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def log_as_a_command(stream: TextIO = sys.stderr) -> None:
    """Log warnings only, and no library's: for commands that speak for themselves."""
    _set_up(stream, logging.WARNING)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _set_up(stream: TextIO, level: int) -> None:
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactErrors())
    handler.addFilter(lambda record: record.msg not in NOTHING_WRONG)
    if stream.isatty():
        handler.addFilter(_is_for_people)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(is_terminal=stream.isatty()),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            with_sentence,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _is_for_people(record: logging.LogRecord) -> bool:
    return LogLine("", record.levelname.lower(), record.name).is_for_people


def _for_people(_logger: object, _method: str, event: EventDict) -> str:
    columns = shutil.get_terminal_size().columns
    return in_words(line_of(dict(event)), "", None, is_coloured=True, columns=columns)


def _rendering(*, is_terminal: bool) -> list[Processor]:
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # Locals hold customers.
    )
    last = _for_people if is_terminal else structlog.processors.JSONRenderer()
    return [tracebacks, redact_tracebacks, last]
