"""Items as the acts see them."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from images.models import OperationItem
from images.services.operations.acts import ACTS, Work


def work_of(item: OperationItem, claimed: frozenset[str] = frozenset()) -> Work:
    return Work(
        item=item.pk,
        kind=item.operation.kind,
        image_id=item.image_uid,
        name=item.image_name,
        parameters={**item.operation.parameters, **item.parameters},
        attempts=item.attempts,
        sent_at=item.sent_at or timezone.now(),
        result=item.result,
        claimed=claimed,
        among=item.operation.total,
        cause=item.operation.request_id or f"operation-{item.operation_id}",
    )


def made_name(item: OperationItem) -> str:
    namer = getattr(ACTS[item.operation.kind], "name_of", None)
    return namer(work_of(item)) if namer else item.image_name


def claimed_by_others(item: OperationItem) -> frozenset[str]:
    """Images of the same project that other items have made since this one's call went out."""
    since = (item.sent_at or timezone.now()) - timedelta(minutes=10)
    others = OperationItem.objects.filter(Q(finished_at__gte=since) | Q(finished_at=None), project=item.project)
    results = others.exclude(pk=item.pk).exclude(result={}).values_list("result", flat=True)
    return frozenset(str(result["image_id"]) for result in results if "image_id" in result)
