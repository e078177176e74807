"""``python -m images.sandbox``: as ``manage.py sandbox``, without the start-up of Django."""

import sys

from images.sandbox.cli import main

if __name__ == "__main__":
    sys.exit(main())
