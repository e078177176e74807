"""A row that is to be changed, read again under its lock: what was read before may have been changed, or be gone."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

M = TypeVar("M", bound=Model)


def locked(rows: QuerySet[M], row: Model) -> M:
    """As it is now, for this transaction alone. Raises Http404 when somebody has removed it meanwhile: for whoever asks
    it is not there, as if they had come a moment later."""
    found = rows.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if found is None:
        raise Http404(_("Somebody has removed it meanwhile."))
    return found
