#!/usr/bin/env python
"""Django's command line for Image Console."""

import os
import sys

from console import private


def main() -> None:
    private.begin()
    if sys.argv[1:2] == ["sandbox"]:
        # The sandbox knows nothing of Django, hence needs neither settings nor a secret key.
        from images.sandbox.cli import main as sandbox

        sys.exit(sandbox(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
