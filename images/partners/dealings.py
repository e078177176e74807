"""What we have to do with a project, beside sharing with it: rooms above say so (images/<room>/listeners.py).

Whoever sees any of it may look at the page of the project, also when nobody has put it into the address book.
"""

from collections.abc import Callable

from django.contrib.auth.models import User

#: Whether there is something that this person sees, for a project by its ID at the cloud.
Dealing = Callable[[User, str], bool]

_DEALINGS: dict[str, Dealing] = {}


def dealing(name: str, there_is: Dealing) -> None:
    """From now on it is asked for each such page, which knows the answer as `name`."""
    _DEALINGS[name] = there_is


def dealings_with(user: User, project_id: str) -> dict[str, bool]:
    return {name: there_is(user, project_id) for name, there_is in _DEALINGS.items()}
