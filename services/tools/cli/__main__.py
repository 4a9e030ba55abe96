"""`python -m services.tools.cli` is the command `stammkunde`."""

import sys

from services.tools.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
