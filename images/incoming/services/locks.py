"""Shares held for a transaction that moves them."""

from collections.abc import Sequence

from images.cache.services import publication
from images.clouds.models import Project
from images.incoming.models import IncomingShare


def locked(project: Project, pks: Sequence[int]) -> list[IncomingShare]:
    """These shares of the project: nobody else moves them before the transaction ends, neither people nor
    synchronisation nor carrier. The project's lock comes first everywhere, so that nobody waits in a circle."""
    publication.lock(project)
    rows = IncomingShare.objects.filter(project=project, pk__in=pks).select_for_update(of=("self",)).order_by("pk")
    shares = list(rows.select_related("item"))
    for share in shares:
        share.project = project
    return shares
