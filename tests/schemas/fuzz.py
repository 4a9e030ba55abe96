"""How the property tests of this folder run."""

from typing import Final

from hypothesis import HealthCheck, settings

fuzzed: Final = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
"""No deadline, since the machine may be busy; and the same inputs in every run."""
