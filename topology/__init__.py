"""The stream: the pure domain, Faust with batches and transactions, and the agents between them.

If there is a compiled form of the domain and the agents, they are imported from there.
"""

import os
from pathlib import Path
from typing import Final

from topology.compiled_form import compiled_folder

_COMPILED: Final = compiled_folder(Path(__file__).parent, os.environ)

IS_COMPILED: Final = _COMPILED is not None
"""True if the domain runs compiled."""

if _COMPILED is not None:
    __path__.insert(0, str(_COMPILED))
