"""The outputs of the domain: the contracts, as types that are quick to make and to write."""

from typing import Final

from schemas.derive import derive
from schemas.held import HeldDecision, HeldOccasion, HeldTrigger
from schemas.transition import PublishedScores, ScoresBeforeAndAfter, Transition
from schemas.trigger import Action, Trigger, TriggerEvent

NewTransition: Final = derive(Transition)
NewPublishedScores: Final = derive(PublishedScores)
NewScoresBeforeAndAfter: Final = derive(ScoresBeforeAndAfter)
NewTrigger: Final = derive(Trigger)
NewReleasedTrigger: Final = derive(Trigger, present=("released_by",))
NewHeldTrigger: Final = derive(HeldTrigger)
NewHeldOccasion: Final = derive(HeldOccasion)
NewHeldDecision: Final = derive(HeldDecision)
NewTriggerEvent: Final = derive(TriggerEvent)
NewAction: Final = derive(Action)
