"""How many examples the property tests try: half of hypothesis's number, as every run has others.

`pytest --hypothesis-profile=default` tries all. `--hypothesis-profile=few` tries a tenth, for tests
that run a second time in the same run, such as those of the domain, uncompiled. A test that only
one form can pass names its number of examples as it is.
"""

from typing import Final

from hypothesis import settings

USUAL: Final = 100
"""Hypothesis's own default."""

settings.register_profile("half", max_examples=USUAL // 2)
settings.register_profile("few", max_examples=USUAL // 10)
settings.load_profile("half")


def examples(usual: int) -> int:
    """This number with the profile `default`, and the profile's share of it with another."""
    return usual * settings().max_examples // USUAL
