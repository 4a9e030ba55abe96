"""Where an error was raised, for the log: places, but no values, which may be about a person."""

from traceback import extract_tb


def frames_of(error: BaseException) -> list[str]:
    """Return the places from the outermost to the innermost, `file:line function`."""
    return [
        f"{each.filename}:{each.lineno} {each.name}" for each in extract_tb(error.__traceback__)
    ]
