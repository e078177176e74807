"""What happens to accounts and projects, for the rooms above to hear (images/<room>/listeners.py).

Each is sent inside the transaction of what it tells of: whoever fails while hearing it undoes it.
"""

from django.dispatch import Signal

#: `holder`: a project or a region whose images are managed from now on.
holder_managed = Signal()
#: `projects`: nothing is done for these any more.
projects_given_up = Signal()
#: `holder`: a project or a region whose row is about to go. Not in one transaction: whatever hangs on it goes first.
holder_leaving = Signal()
