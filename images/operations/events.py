"""What operations publish, for the rooms above to hear (images/<room>/listeners.py).

Each is sent inside the transaction that writes what it tells of: whoever fails while hearing it undoes it.
"""

from django.dispatch import Signal

#: `project`, `read` (services/members.py: MembersRead): the members of an image after an act, as IMS has them.
members_read = Signal()
