"""How tags lie in a CSV file: the names of its columns, and what a cell says about a tag.

Wide: `image_id, project, region, name, tag:KEY …, tags_at_download`. Long: `…, key, value, tags_at_download`, a line a
tag. Columns may stand in any order, and others are left alone; only `image_id` must be there. `tags_at_download` tells
what the tags were (JSON object, key → value): what has been changed since by others is then noticed, not overwritten.
"""

from collections.abc import Mapping
from typing import Final

from images.cache.rules.tag_changes import TagStep
from images.core.csv_cells import lossless, unescape

IMAGE_ID, PROJECT, REGION, NAME = FIXED = ("image_id", "project", "region", "name")
#: In front of the key in the heading of a column, so that a key may be called `name`.
TAG: Final = "tag:"
KEY, VALUE = "key", "value"
SEEN: Final = "tags_at_download"

#: Take the tag off; the tag with an empty value. No value at IMS can be spelt so (9.2 forbids < and >).
REMOVE, EMPTY = "<remove>", "<empty>"

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_ROWS: Final = 50_000
#: Of tags in a wide file; a spreadsheet takes 16,384 columns, and people a few dozen.
MOST_KEYS: Final = 1000

Tags = Mapping[str, str]


def cell_of(value: str | None) -> str:
    """A value as a cell; None: the image has no tag of this key."""
    if value is None:
        return ""
    if value == "":
        return EMPTY
    return f"'{value}" if value.startswith("<") else lossless(value)


def step_of(key: str, cell: str) -> TagStep | None:
    """What a cell wishes of the tag; None: nothing, it is empty. wish_of(k, cell_of(v)) sets v."""
    said = cell.strip().casefold()
    if not said:
        return None
    if said == REMOVE:
        return TagStep("remove", key)
    return TagStep("set", key, "" if said == EMPTY else unescape(cell))


def letters(column: int) -> str:
    """The column as spreadsheets call it: 0 is A, 26 is AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
