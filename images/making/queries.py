"""Reading uploads."""

from uuid import UUID

from django.contrib.auth.models import User

from images.making.models import Upload
from images.operations.enums import OperationState
from images.operations.models.operation import Operation


def upload_of(user: User, operation: Operation) -> UUID | None:
    """Where this person goes on with the file that the operation waits for."""
    if operation.state != OperationState.RECEIVING:
        return None
    return Upload.objects.visible_to(user).filter(operation=operation).values_list("pk", flat=True).first()
