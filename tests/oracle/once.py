"""Properties that are computed once. `functools.cached_property` takes a lock each time in 3.11."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - it is used as a decorator
    """The value is put where the next access finds it before this descriptor."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__
        self._name = compute.__name__

    def __get__(self, owner: Any, _: type) -> T:
        value = self._compute(owner)
        owner.__dict__[self._name] = value
        return value
