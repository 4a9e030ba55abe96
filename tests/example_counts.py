"""How many examples the property tests try: `pytest --hypothesis-profile=few` for a tenth.

It is for tests that run a second time in the same run, such as those of the domain, uncompiled. A
test that only one form can pass names its number of examples as it is.
"""

from typing import Final

from hypothesis import settings

USUAL: Final = 100
"""Hypothesis's own default."""

settings.register_profile("few", max_examples=USUAL // 10)


def examples(usual: int) -> int:
    """This number, or a tenth of it with the profile `few`."""
    return usual * settings().max_examples // USUAL
