"""Tags as a CSV file: out of the console, through a spreadsheet, and back as one operation.

`reading` makes lines of bytes, `planning` holds them against the images, `keeping` stores what was uploaded between the
look and the confirmation.
"""

from images.tags.services.csv.keeping import apply, discard, keep, sheet_of
from images.tags.services.csv.planning import Entry, Plan, plan
from images.tags.services.csv.reading import BadCell, FileRefused, Sheet

__all__ = ["BadCell", "Entry", "FileRefused", "Plan", "Sheet", "apply", "discard", "keep", "plan", "sheet_of"]
