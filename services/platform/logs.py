"""Sets up logging: structlog over the standard library's logging, on stderr.

A terminal gets lines for people, a file or a pipe one JSON object a line. Our own events have a
sentence beside their name, as `message`.
"""

import logging
import shutil
import sys
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor

from services.platform.log_line import LogLine, format_line, line_of
from services.platform.log_sentences import with_sentence
from services.platform.redact import RedactErrors, redact_tracebacks

CHATTY: Final = ("aiokafka", "httpx", "httpcore")

HARMLESS: Final = ("Heartbeat failed for group %s because it is rebalancing",)
"""aiokafka's warnings whenever another worker joins or leaves the group, which is no fault."""

QUIET_S: Final = 60.0
"""How long a chatty library may not log the same message again."""

SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class RateLimitChatty(logging.Filter):
    """Drops the repeated messages of chatty libraries, whatever the numbers in them."""

    def __init__(self) -> None:
        super().__init__()
        self._logged_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Let pass other loggers' records, and messages that were not logged for a while."""
        if not record.name.startswith(CHATTY):
            return True
        message = (record.name, str(record.msg))
        logged_at = self._logged_at.get(message)
        if logged_at is not None and record.created - logged_at < QUIET_S:
            return False
        self._logged_at[message] = record.created
        return True


def log_as_a_service(stream: TextIO = sys.stderr) -> None:
    """Log from INFO up: for roles that run for long."""
    _set_up(stream, logging.INFO)
    for handler in logging.getLogger().handlers:
        handler.addFilter(RateLimitChatty())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def log_as_a_command(stream: TextIO = sys.stderr) -> None:
    """Log our warnings only: for commands with an output of their own."""
    _set_up(stream, logging.WARNING)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _set_up(stream: TextIO, level: int) -> None:
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactErrors())
    handler.addFilter(lambda record: record.msg not in HARMLESS)
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
    return format_line(line_of(dict(event)), "", None, is_coloured=True, columns=columns)


def _rendering(*, is_terminal: bool) -> list[Processor]:
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # Locals hold customers.
    )
    last = _for_people if is_terminal else structlog.processors.JSONRenderer()
    return [tracebacks, redact_tracebacks, last]
