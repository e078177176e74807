"""``python -m images.sandbox``: as ``manage.py sandbox``, without the start-up of Django."""

import os
import sys

from images.sandbox.cli import main

if __name__ == "__main__":
    os.umask(0o077)  # its state has the passwords of its cast
    sys.exit(main())
