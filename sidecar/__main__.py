"""``python -m sidecar``: the same program as ``irsa-doctor``. Nothing else is here."""

import sys

from sidecar.cli import main

if __name__ == "__main__":
    sys.exit(main())
