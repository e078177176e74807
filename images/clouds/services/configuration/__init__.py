"""clouds.yaml, secure.yaml, vendor profiles and OS_* variables: the configuration of OpenStack's own tools.

`files` finds and reads, `merging` has openstacksdk's loader put together what belongs together (docs/adr/0019), and
`meaning` says what a cloud of it is here. What is not understood is named with its place, and never skipped.
"""

from images.clouds.services.configuration.files import FileRefused
from images.clouds.services.configuration.meaning import Entry, EntryRefused, entries_of
from images.clouds.services.configuration.sources import Configuration, from_environment, from_file, from_texts, usual

__all__ = [
    "Configuration",
    "Entry",
    "EntryRefused",
    "FileRefused",
    "entries_of",
    "from_environment",
    "from_file",
    "from_texts",
    "usual",
]
