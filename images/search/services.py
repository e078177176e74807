"""Keeping a state of the list under a name, for oneself or for the team, and how one likes the list."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from images.audit import services as audit
from images.core.locking import locked
from images.core.spelling import composed
from images.search.audit_events import ViewEvent
from images.search.filters import ListState
from images.search.models import ListPreference, SavedView


class NameTakenError(Exception):
    """The person already has a view of this name; the message is a sentence for them."""


def save_view(*, owner: User, name: str, state: ListState, shared: bool) -> SavedView:
    """Keeps the list as it is (its first page). NameTakenError when the name is in use by the same person."""
    query = state.turned(1).query
    try:
        with transaction.atomic():
            view = SavedView.objects.create(owner=owner, name=composed(name), query=query, shared=shared)
            if shared:
                audit.record(event=ViewEvent.SHARED, actor=owner, subject=view, after={"query": query})
            return view
    except IntegrityError as error:
        raise _taken(name) from error


def change_view(view: SavedView, *, name: str, shared: bool) -> SavedView:
    """Renames a view, shares it or takes it back. NameTakenError as in save_view."""
    try:
        with transaction.atomic():
            view = locked(SavedView.objects.all(), view)
            was_shared = view.shared
            view.name, view.shared = composed(name), shared
            view.save(update_fields=["name", "shared"])
            if shared != was_shared:
                event = ViewEvent.SHARED if shared else ViewEvent.UNSHARED
                audit.record(event=event, actor=view.owner, subject=view, after={"query": view.query})
    except IntegrityError as error:
        raise _taken(name) from error
    return view


def delete_view(view: SavedView) -> None:
    """For its owner and, when it was shared, for everybody."""
    with transaction.atomic():
        view = locked(SavedView.objects.all(), view)
        if view.shared:
            audit.record(event=ViewEvent.REMOVED, actor=view.owner, subject=view, before={"query": view.query})
        view.delete()


def keep_preference(*, user: User, state: ListState) -> ListPreference:
    """Columns, page size and density for lists whose URL does not say."""
    kept, _created = ListPreference.objects.update_or_create(
        user=user,
        defaults={"columns": ",".join(state.columns), "page_size": state.size, "density": state.density},
    )
    return kept


def _taken(name: str) -> NameTakenError:
    return NameTakenError(_("You already have a view called “%(name)s”.") % {"name": name})
