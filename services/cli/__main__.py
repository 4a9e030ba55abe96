"""`python -m services.cli` is the command `stammkunde`."""

import sys

from services.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
