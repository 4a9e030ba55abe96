"""Dimensions: the values by which customers are told apart, such as the segment and the tier."""

from enum import StrEnum


class Dimension(StrEnum):
    """What changed about a customer."""

    SEGMENT = "segment"
    STAGE = "stage"
    TIER = "tier"
    CARE = "care"
