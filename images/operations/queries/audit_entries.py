"""Which entries of the audit are about an image, when the act on it was an operation."""

from django.db.models import Q

from images.operations.models.operation import OperationItem

#: Operations of one image that are looked through, the latest.
_OPERATIONS = 1_000


def entries_about_image(image_uid: str) -> Q:
    """Those of the operations that had it among their images. What other projects heard of the same operation says
    nothing of this image."""
    items = OperationItem.objects.filter(image_uid=image_uid).order_by("-pk").values_list("operation_id", "project_id")
    operations, projects = set(), set()
    for operation, project in items[:_OPERATIONS]:
        operations.add(str(operation))
        projects.add(project)
    return Q(subject_kind="operation", subject_ref__in=operations, project_pk__in=projects)
