"""What the cache publishes about images, for the rooms above to hear (images/<room>/listeners.py).

Each is sent inside the transaction that writes it: whoever fails while hearing it undoes it.
"""

from django.dispatch import Signal

#: `project`, `seen` (rows of images that are shared with it, or were, and are new or differ), `gone` (IDs at IMS of
#: those that it sees no more), `at` (when it was asked).
shared_in_changed = Signal()
#: `pks`: rows of images that are about to be deleted, some hundreds at most.
images_leaving = Signal()
