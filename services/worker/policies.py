"""The policy under which a worker begins, and which published ones it can use."""

from collections.abc import Awaitable, Callable

from schemas.policy import Policy, PolicyError
from services.platform.policies.followed import Check, FollowedPolicies
from topology.agents.currency import CurrencyError

CheckCurrency = Callable[[str], Awaitable[None]]
"""Checks that no row is in another currency than this one; raises CurrencyError."""


def in_the_currency_of_rows(check_currency: CheckCurrency) -> Check:
    """Return a check that refuses a policy in another currency than that of the rows."""

    async def check(policy: Policy) -> None:
        try:
            await check_currency(policy.currency)
        except CurrencyError as error:
            raise PolicyError(str(error)) from None

    return check


async def begin(
    followed: FollowedPolicies, default: Policy, check_currency: CheckCurrency
) -> Policy:
    """Take all publications that there are, and return the policy in force now.

    Raises:
        NotReadError: Kafka has gone away.
        CurrencyError: the default policy is in force, and the rows are in another currency.
    """
    await followed.take()
    found = followed.in_force()
    if found is not None:  # Its currency has been checked.
        return found.policy
    await check_currency(default.currency)
    return default
