"""What must become of the twelve people of the story, worked out by hand from docs/journey.md.

Nothing in here was computed: each date is reasoned for in its comment. Times are UTC.
"""

from dataclasses import dataclass
from typing import Final, Self

from schemas.trigger import Trigger


@dataclass(frozen=True)
class Fired:
    """A trigger: when, which rule, and by which of its cases."""

    at: str
    rule: str
    template: str

    @classmethod
    def of(cls, trigger: Trigger) -> Self:
        """What the table would say of it."""
        at = f"{trigger.effective_at:%Y-%m-%d %H:%M}"
        return cls(at, trigger.rule, trigger.action.template or "")


@dataclass(frozen=True)
class Fate:
    """The triggers of one person, in order, and their dimensions in the end."""

    triggers: tuple[Fired, ...]
    segment: str
    stage: str
    tier: str
    care: str = "calm"


BY_HAND: Final[dict[str, Fate]] = {
    # Orders every 25 days for 14.90: many orders, a small purse.
    "anna.kaufmann": Fate(
        (
            # 3, 14 and 21 days after the first order of 2 March, no second one so far.
            Fired("2026-03-05 10:00", "cross_sell", "accessories"),
            Fired("2026-03-16 10:00", "feedback_request", "feedback_request"),
            Fired("2026-03-23 10:00", "second_purchase", "second_purchase"),
            # The second to the fourth order come while feedback_request rests (90 days, so until
            # 14 June 10:00). The fourth makes her a regular.
            Fired("2026-05-16 10:00", "regular_thanks", "small_gift"),
            # 14 days after the fifth order (10 June).
            Fired("2026-06-24 10:00", "feedback_request", "feedback_request"),
            # The sixth order: R 5, F 4. A VIP she is not: 89.40 is M 1.
            Fired("2026-07-05 10:00", "special_offer", "special_offer"),
            # Five stars of a champion; one promotion within 30 days leaves room for another.
            Fired("2026-07-20 17:00", "ambassador", "ambassador"),
            # 30 days without an order: R 4, loyal, M 1. The offer of 5 July is exactly 30 days old
            # and counts no more.
            Fired("2026-08-04 10:00", "nurture", "nurture"),
            # The seventh order (8 August) makes her a champion again, but 20 July and 4 August
            # fill the cap of 30 days until 19 August 17:00. The offer waits; she still is one.
            Fired("2026-08-19 17:00", "special_offer", "special_offer"),
            # R 4 again, 30 days after 8 August; 104.30 is M 2.
            Fired("2026-09-07 10:00", "nurture", "nurture"),
            # The eighth order (12 September): a champion, but special_offer rests until
            # 18 September 17:00, and what falls into that is lost. Feedback rests no more.
            Fired("2026-09-26 10:00", "feedback_request", "feedback_request"),
        ),
        # 8 orders, the last 18 days ago, for 119.20: F 4, R 5, M 2.
        segment="champions",
        stage="regular",
        tier="B",
    ),
    # Ten orders of 95.00, one a week until 12 June, then nothing.
    "viktor.von.thal": Fate(
        (
            Fired("2026-04-13 10:00", "cross_sell", "accessories"),
            # The fourth order. It comes at the instant at which second_purchase is due (10 April +
            # 21 days): the clock goes first, and three orders are too many for it.
            Fired("2026-05-01 10:00", "regular_thanks", "small_gift"),
            # The sixth order: champion (special_offer, normal) and VIP (high) at once. The higher
            # priority goes first, ...
            Fired("2026-05-15 10:00", "vip_relationship", "vip_welcome"),
            # ... the other waits: for 7 days after it, and for 30 days after 1 May.
            Fired("2026-05-31 10:00", "special_offer", "special_offer"),
            # Until now the next order always came within 14 days.
            Fired("2026-06-26 10:00", "feedback_request", "feedback_request"),
            # 12 July: R 4, loyal; but M 4 is no small purse. 60 days after 12 June: R 3.
            Fired("2026-08-11 10:00", "vip_relationship", "vip_check_in"),
            # 90 days: R 2, and F 5. The call of 11 August is exactly 30 days old.
            Fired("2026-09-10 10:00", "win_back", "win_back_personal"),
        ),
        # 950.00 is M 4.
        segment="cant_lose",
        stage="vip",
        tier="A",
    ),
    # One order of 129.00 on 10 July, and angry from then on.
    "rainer.zorn": Fate(
        (
            # One star.
            Fired("2026-07-12 18:30", "service_recovery", "service_recovery"),
            # Due on 13 July 12:00, but the case is open. The call that is delivered on 14 July
            # closes it; who is recovering may get accessories.
            Fired("2026-07-14 09:00", "cross_sell", "accessories"),
            # 24 July: no feedback_request, he is recovering until 28 July 09:00.
            Fired("2026-07-31 12:00", "second_purchase", "second_purchase"),
            # The mention with -0.8, 24 days after the first time.
            Fired("2026-08-05 20:00", "service_recovery", "service_recovery_in_charge"),
            # The complaint of 6 August is a case beside the mention: care is complaint_open
            # already. The call of 7 August closes the mention only, the complaint is resolved on
            # 11 August, and he has recovered on 25 August. 60 days after his order: R 3.
            Fired("2026-09-08 12:00", "wake_up", "wake_up"),
        ),
        # 82 days after one order of 129.00: R 3, F 1, M 2.
        segment="about_to_sleep",
        stage="first_time_buyer",
        tier="B",
    ),
    "leonie.brandt": Fate(
        (
            # With the newsletter. She leaves it on 20 August and comes back on 5 September, when
            # lead_story still rests (90 days, until 1 October 08:30).
            Fired("2026-07-03 08:30", "lead_story", "lead_story"),
        ),
        segment="none",
        stage="lead",
        tier="C",
    ),
    # Known by a handle only.
    "instagram:finja.moeller": Fate(
        (
            Fired("2026-07-06 18:00", "follower_retargeting", "follower"),
            # Exactly 7 days later: neither the cooldown nor the cap of 7 days counts any more.
            Fired("2026-07-13 18:00", "follower_retargeting", "follower_again"),
        ),
        # She unfollows on 10 August, but she once engaged, and that remains.
        segment="none",
        stage="follower",
        tier="C",
    ),
    "mehmet.aydin": Fate(
        (
            # 3, 14 and 21 days after the first order of 8 July.
            Fired("2026-07-11 11:00", "cross_sell", "accessories"),
            Fired("2026-07-22 11:00", "feedback_request", "feedback_request"),
            Fired("2026-07-29 11:00", "second_purchase", "second_purchase"),
            # The second order over the marketplace. Of the two promotions so far only that of
            # 29 July is younger than 30 days. Feedback (2 September) rests until 20 October.
            Fired("2026-08-19 11:00", "go_direct", "go_direct"),
        ),
        # 43 days after the second order: R 4, F 2. 98.00 is M 1. The push is due after 63 days.
        segment="potential_loyalist",
        stage="occasional",
        tier="C",
    ),
    "ruth.lindner": Fate(
        (
            # 3, 14 and 21 days after the first order of 3 June.
            Fired("2026-06-06 15:00", "cross_sell", "accessories"),
            Fired("2026-06-17 15:00", "feedback_request", "feedback_request"),
            Fired("2026-06-24 15:00", "second_purchase", "second_purchase"),
            # What she polled at on 15 July she bought on the 17th. 3 days after her latest look,
            # that of 21 August, she has not. (Feedback on 10 September rests until the 15th. The
            # push of 1.5 times 44 days after 17 July is overtaken by the order of 27 August.)
            Fired("2026-08-24 19:30", "store_invitation", "store_invitation"),
        ),
        # 34 days after the third order: R 4, F 2; 162.40 is M 2.
        segment="potential_loyalist",
        stage="occasional",
        tier="B",
    ),
    "sabine.kuehn": Fate(
        (
            # 3, 14 and 21 days after the first order of 1 May.
            Fired("2026-05-04 09:00", "cross_sell", "accessories"),
            Fired("2026-05-15 09:00", "feedback_request", "feedback_request"),
            Fired("2026-05-22 09:00", "second_purchase", "second_purchase"),
            # 1.5 times 28 days after the second order of 29 May; 160.00 is M 2, tier B.
            Fired("2026-07-10 09:00", "occasional_push", "occasional_push"),
            # The sixth attempt.
            Fired("2026-07-24 08:00", "rest", "rest"),
            # 28 July: about_to_sleep, but wake_up waits for her to act. When she does, on
            # 22 September, she has been hibernating since 27 August, and it is dropped.
        ),
        segment="hibernating",
        stage="occasional",
        tier="B",
    ),
    # Orders every 20 days for 45.00, once for 250.00.
    "claudia.sommer": Fate(
        (
            Fired("2026-04-07 09:00", "cross_sell", "accessories"),
            Fired("2026-04-18 09:00", "feedback_request", "feedback_request"),
            # The second order (24 April) comes a day before second_purchase is due. The fourth:
            Fired("2026-06-03 09:00", "regular_thanks", "small_gift"),
            # The sixth: R 5, F 4. (Feedback rested until 17 July 09:00.)
            Fired("2026-07-13 09:00", "special_offer", "special_offer"),
            # A champion's mention with 0.9, 11 days after that.
            Fired("2026-07-24 19:00", "ambassador", "ambassador"),
            Fired("2026-07-27 09:00", "feedback_request", "feedback_request"),
            # The eighth order: 6 times 45.00, once more, and 250.00 are 565.00, M 4. Only the
            # invitation of 24 July is younger than 30 days.
            Fired("2026-08-22 09:00", "vip_relationship", "vip_welcome"),
            # The mention of 15 September: ambassador rests for 180 days.
        ),
        # 9 orders, the last 19 days ago, for 610.00.
        segment="champions",
        stage="vip",
        tier="A",
    ),
    # Orders every 25 days for 30.00. He lives in Lisbon.
    "heinrich.vogt": Fate(
        (
            # 3, 14 and 21 days after the first order of 6 April.
            Fired("2026-04-09 14:00", "cross_sell", "accessories"),
            Fired("2026-04-20 14:00", "feedback_request", "feedback_request"),
            Fired("2026-04-27 14:00", "second_purchase", "second_purchase"),
            # The fourth order. (Feedback on 4 July rests until 19 July.)
            Fired("2026-06-20 14:00", "regular_thanks", "small_gift"),
            # 28 July begins in Lisbon when it is 23:00 in UTC. 37 days after the gift.
            Fired("2026-07-27 23:00", "regular_thanks", "birthday"),
            # 90 days after 20 June: R 2, F 3.
            Fired("2026-09-18 14:00", "win_back", "win_back"),
        ),
        # The code worked: a fifth order on 23 September. R 5, F 3, 172.00 is M 2.
        segment="potential_loyalist",
        stage="regular",
        tier="B",
    ),
    "emil.winter": Fate(
        (
            # 730 days after his visit of 20 July 2024 (no leap day lies in between).
            Fired("2026-07-20 16:00", "tidy_up", "tidy_up"),
        ),
        segment="none",
        stage="prospect",
        tier="C",
    ),
    "jonas.peters": Fate(
        (
            # 3, 14 and 21 days after the first order of 20 May.
            Fired("2026-05-23 10:00", "cross_sell", "accessories"),
            Fired("2026-06-03 10:00", "feedback_request", "feedback_request"),
            Fired("2026-06-10 10:00", "second_purchase", "second_purchase"),
            # 1.5 times 28 days after the second order of 17 June; 40.00 is M 1, tier C.
            Fired("2026-07-29 10:00", "occasional_push", "occasional_push"),
            # 60 days after it: R 3, F 2; 18 days after the push.
            Fired("2026-08-16 10:00", "wake_up", "wake_up"),
        ),
        # Hibernating since 15 September, back with a third order on the 20th: R 5, F 2.
        segment="potential_loyalist",
        stage="occasional",
        tier="C",
    ),
}
