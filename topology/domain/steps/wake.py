"""Wake: the next instant at which a row changes because nothing happened."""

from bisect import bisect_right

from topology.domain.history.instant import LATEST, NEVER, Instant
from topology.domain.history.state import State
from topology.domain.occasions.after_orders import first_order_at
from topology.domain.occasions.set_off import Due
from topology.domain.occasions.silent import last_sign
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.care import changes_of_care


def wake_at(state: State, book: Rulebook) -> Instant | None:
    """Return when the row changes next by the clock alone, or None for never.

    A row that another policy made is due at once: its own `as_of` is returned.
    """
    return state.wake_at if state.policy_version == book.version else state.as_of


def due_at(state: State, book: Rulebook) -> Instant | None:
    """Return when the clock comes to a row: when it changes next, or has settled. None is never."""
    return wake_at(state, book) if state.settles_at is None else state.settles_at


def next_wake(state: State, book: Rulebook, opens: Instant) -> Instant | None:
    """Return the first instant after its `as_of` at which a row changes, or None.

    That is when R falls, an order leaves the window, a delay or service recovery ends, or the caps
    let a held promotion through.

    Args:
        state: the row.
        book: the compiled policy.
        opens: when held promotions may go out, see `promotion_gate.opens_at`.
    """
    as_of, history, wakes = state.as_of, state.history, book.on.wakes[state.stage]
    last = state.scores.last_order_at
    wake = NEVER if last is None else _after_orders(state, last, book)
    if as_of < opens < wake:
        wake = opens
    silences, sign = wakes.silences, last_sign(history)
    if sign + silences[0] < wake:  # Silences are long: mostly another wake comes before.
        wake = min(wake, sign + silences[bisect_right(silences, as_of - sign)])
    if wakes.always:
        wake = _earliest(wakes.always, state, wake)
    if wakes.orders and last is not None:
        wake = _earliest(wakes.orders, state, wake)
    if wakes.looks and history.looked_at is not None:
        wake = _earliest(wakes.looks, state, wake)
    if wakes.traits and history.known_person is not None and history.known_person.traits:
        wake = _earliest(wakes.traits, state, wake)
    if history.cases:
        wake = min(wake, _change_of_care(state, book))
    return wake if wake <= LATEST else None


def keeps_wake(before: State, after: State, book: Rulebook) -> bool:
    """True only if an event without a transition leaves `next_wake` where it was. It is quicker.

    That is so if the event touches nothing that the wake hangs on: not the age of the last order,
    not silence, and nothing that holds promotion.
    """
    wake, history, known = before.wake_at, after.history, before.history
    wakes = book.on.wakes[after.stage]
    if (
        wake is None
        or wakes.always
        or history.known_person is not known.known_person
        or history.cases is not known.cases
        or history.resolutions is not known.resolutions
        or history.attempts is not known.attempts
        or history.past is not known.past
        or history.bought_over != known.bought_over
        or history.first_seen_at != known.first_seen_at
        or wake >= last_sign(known) + wakes.silences[0]
    ):
        return False
    scores, old = after.scores, before.scores
    last, last_known = scores.last_order_at, old.last_order_at
    if scores is not old and (
        last is None
        or last_known is None
        or last_known >= last
        or wake >= last_known + book.ages[0]
        or old.oldest_in_window_at != scores.oldest_in_window_at
        or wakes.orders
    ):
        return False
    looked_at = history.looked_at
    if not wakes.looks or looked_at is None or (scores is old and looked_at == known.looked_at):
        return True
    # The wake was not for a look, nor does the latest look need an earlier one.
    return _earliest(wakes.looks, before, wake + 1) > wake < _earliest(wakes.looks, after, NEVER)


def _after_orders(state: State, last: Instant, book: Rulebook) -> Instant:
    """When orders come of an age that matters, the last, the first and the oldest in the window."""
    as_of, oldest, ages = state.as_of, state.scores.oldest_in_window_at, book.ages
    wake = last + ages[bisect_right(ages, as_of - last)]
    if oldest is not None:
        if oldest + book.window < wake:
            wake = oldest + book.window
        if oldest + book.on.longest_delay <= as_of:
            return wake  # The first order is no younger.
    first, ages = first_order_at(state.history, state.scores), book.on.first_ages
    if first is not None:
        due = first + ages[bisect_right(ages, as_of - first)]
        if due < wake:
            return due
    return wake


def _earliest(dues: tuple[Due, ...], state: State, wake: Instant) -> Instant:
    since = state.as_of + 1
    for due in dues:
        at = due.next(state, since)
        if at is not None and at < wake:
            wake = at
    return wake


def _change_of_care(state: State, book: Rulebook) -> Instant:
    """When care changes by itself."""
    changes = changes_of_care(state.history, book)
    return min((at for at in changes if at > state.as_of), default=NEVER)
