"""What an order, an edit of it or a refund comes to, and in which currency.

The total is `total`, else `revenue`, else `value`, as different libraries call it.
"""

from typing import Final

from schemas.messages.reading.json_text import Json

_ELSE: Final = ("revenue", "value")
_ABSENT: Final = (None, "")


def set_total(properties: Json) -> None:
    """Put the total where the contract has it. Null and an empty text are as good as absent."""
    if properties.get("total") not in _ABSENT:
        return
    for name in _ELSE:
        if properties.get(name) not in _ABSENT:
            properties["total"] = properties[name]
            return


def trim_currency(properties: Json) -> None:
    """Take the blanks off a currency. An empty one is as good as absent."""
    said = properties.get("currency")
    if not isinstance(said, str):
        return
    properties["currency"] = said.strip()
    if not properties["currency"]:
        del properties["currency"]
