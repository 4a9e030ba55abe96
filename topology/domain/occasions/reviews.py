"""Reviews and mentions: what the customer says of the shop in public."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from schemas.messages import catalogue
from schemas.messages.shop import ReviewProperties
from schemas.messages.social import SocialProperties
from schemas.policy.model import Policy
from schemas.policy.occasions.reviews import MentionAtLeast, ReviewAtLeast, ReviewAtMost
from topology.domain.history.event import Event
from topology.domain.history.state import State
from topology.domain.occasions.kind import Kind, KindCase
from topology.domain.occasions.occasion import Occasion, event_occasion
from topology.domain.occasions.progress import Outlook
from topology.domain.occasions.set_off import ByEvent, EventCases
from topology.domain.rules.case import BookCase


@dataclass(frozen=True, slots=True)
class _BadReview(EventCases[ReviewProperties]):
    case: BookCase
    worst: float

    def occasions(
        self, event: Event[ReviewProperties], before: State, after: State
    ) -> Iterable[Occasion]:
        rating = event.properties.rating
        return (event_occasion(self.case, event, rating),) if rating <= self.worst else ()


class _ReviewAtMost(Kind[ReviewAtMost]):
    when = ReviewAtMost

    def words(self, when: ReviewAtMost) -> str:
        return f"a review of {when.review_at_most} or less"

    def progress(self, own: KindCase[ReviewAtMost], outlook: Outlook) -> str:
        return ""

    def set_off(
        self,
        cases: tuple[KindCase[ReviewAtMost], ...],
        policy: Policy,
    ) -> Iterator[ByEvent[Any]]:
        for each in cases:
            bad_review = _BadReview(each.case, float(each.when.review_at_most))
            yield ByEvent(catalogue.PRODUCT_REVIEWED, bad_review)


@dataclass(frozen=True, slots=True)
class _GoodReview(EventCases[ReviewProperties]):
    case: BookCase
    best: float

    def occasions(
        self, event: Event[ReviewProperties], before: State, after: State
    ) -> Iterable[Occasion]:
        rating = event.properties.rating
        return (event_occasion(self.case, event, rating),) if rating >= self.best else ()


class _ReviewAtLeast(Kind[ReviewAtLeast]):
    when = ReviewAtLeast

    def words(self, when: ReviewAtLeast) -> str:
        return f"a review of {when.review_at_least} or more"

    def progress(self, own: KindCase[ReviewAtLeast], outlook: Outlook) -> str:
        return ""

    def set_off(
        self,
        cases: tuple[KindCase[ReviewAtLeast], ...],
        policy: Policy,
    ) -> Iterator[ByEvent[Any]]:
        for each in cases:
            good_review = _GoodReview(each.case, float(each.when.review_at_least))
            yield ByEvent(catalogue.PRODUCT_REVIEWED, good_review)


@dataclass(frozen=True, slots=True)
class _GoodMention(EventCases[SocialProperties]):
    case: BookCase
    best: float

    def occasions(
        self, event: Event[SocialProperties], before: State, after: State
    ) -> Iterator[Occasion]:
        sentiment = event.properties.sentiment
        if sentiment is not None and sentiment >= self.best:
            yield event_occasion(self.case, event)


class _MentionAtLeast(Kind[MentionAtLeast]):
    when = MentionAtLeast

    def words(self, when: MentionAtLeast) -> str:
        return f"a mention with a sentiment of {when.mention_at_least} or more"

    def progress(self, own: KindCase[MentionAtLeast], outlook: Outlook) -> str:
        return ""

    def set_off(
        self,
        cases: tuple[KindCase[MentionAtLeast], ...],
        policy: Policy,
    ) -> Iterator[ByEvent[Any]]:
        for each in cases:
            good_mention = _GoodMention(each.case, each.when.mention_at_least)
            yield ByEvent(catalogue.SOCIAL_MENTIONED, good_mention)


KINDS: Final[tuple[Kind[Any], ...]] = (_ReviewAtMost(), _ReviewAtLeast(), _MentionAtLeast())
