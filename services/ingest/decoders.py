"""The worker's decoder under the policy in force, by which messages over HTTP are checked."""

from services.platform.policies.current_book import Books
from topology.agents.decode import EventDecoder
from topology.domain.policy.rulebook import Rulebook


class Decoders:
    """Makes a decoder for each policy when that comes into force."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._book = books()
        self._decoder = _decoder_of(self._book)

    @property
    def current(self) -> EventDecoder:
        """The decoder of the policy in force now."""
        book = self._books()
        if book is not self._book:
            self._book, self._decoder = book, _decoder_of(book)
        return self._decoder


def _decoder_of(book: Rulebook) -> EventDecoder:
    return EventDecoder(book.exchange, book.oldest_event, book.kept)
