"""How this program logs: structlog over the standard library's logging, on stderr.

A terminal gets lines to read, anything else one JSON object a line.
"""

import logging
import sys
from typing import Final, TextIO

import structlog
from structlog.typing import Processor

CHATTY: Final = ("aiokafka", "httpx", "httpcore")

SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def log_as_a_service(stream: TextIO = sys.stderr) -> None:
    """Log what happens from INFO up: for roles that run for long."""
    _set_up(stream, logging.INFO)


def log_as_a_command(stream: TextIO = sys.stderr) -> None:
    """Log warnings only, and no library's: for commands that speak for themselves."""
    _set_up(stream, logging.WARNING)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _set_up(stream: TextIO, level: int) -> None:
    handler = logging.StreamHandler(stream)
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
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _rendering(*, is_terminal: bool) -> list[Processor]:
    if is_terminal:
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
