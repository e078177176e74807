"""Kinds and states of operations, items and jobs.

Values are those of IMS where it has them; labels are what people read.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ConsentState(TextChoices):
    """What a project has said to an operation that needs a second person."""

    WAITING = "waiting", _("waiting for consent")
    GIVEN = "given", _("consented")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("ran out")


class ActionKind(TextChoices):
    """What can be done to images. `create` is every way of 5.1.3, 5.1.4 and 5.1.5; the parameters say which."""

    CREATE = "create", _("Create")
    METADATA = "metadata", _("Create empty")  # 6.1.6: an image that waits for its file
    UPLOAD = "upload", _("Upload file")  # 6.1.4 and its like: the file lies with us
    REGISTER = "register", _("Register file")  # 5.1.6: the file lies in OBS
    EXPORT = "export", _("Export")
    COPY = "copy", _("Copy")
    EDIT = "edit", _("Edit")
    TAG = "tag", _("Tag")
    PROTECT = "protect", _("Protect")
    UNPROTECT = "unprotect", _("Unprotect")
    DELETE = "delete", _("Delete")
    SHARE = "share", _("Share")
    UNSHARE = "unshare", _("Stop sharing")
    ANSWER = "answer", _("Accept or reject")


class OperationState(TextChoices):
    """docs/operations.md tells who moves an operation from one to the next."""

    APPROVAL = "approval", _("awaiting approval")
    RECEIVING = "receiving", _("receiving the file")  # a browser is sending us what the service is to get
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    PARTLY = "partly", _("partly done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    UNKNOWN = "unknown", _("unknown")


class ItemState(TextChoices):
    """Of one image of an operation. The first four are open, the others final."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")  # the call is about to go out or has gone out; no answer is written down yet
    UNCONFIRMED = "doubt", _("being checked")  # the answer was lost; we look for the effect before anything is repeated
    FOLLOWING = "following", _("in progress")  # IMS works on it: see the job
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    UNKNOWN = "unknown", _("unknown")


OPEN_ITEMS = (ItemState.WAITING, ItemState.SENT, ItemState.UNCONFIRMED, ItemState.FOLLOWING)


#: Nothing of these is sent yet: somebody has to say yes, or a file is still coming.
HELD_OPERATIONS = (OperationState.APPROVAL, OperationState.RECEIVING)


FINAL_OPERATIONS = (
    OperationState.DONE,
    OperationState.PARTLY,
    OperationState.FAILED,
    OperationState.CANCELLED,
    OperationState.UNKNOWN,
)


class JobState(TextChoices):
    """Of a job of IMS (5.6.1), and two that only we can say."""

    INIT = "init", _("accepted")
    RUNNING = "running", _("running")
    SUCCESS = "success", _("succeeded")
    FAIL = "fail", _("failed")
    LOST = "lost", _("forgotten by the service")
    OVERDUE = "overdue", _("overdue")


#: Which counter of the operation counts an item of this state.
COUNTERS = {
    ItemState.WAITING: "waiting",
    ItemState.SENT: "running",
    ItemState.UNCONFIRMED: "running",
    ItemState.FOLLOWING: "running",
    ItemState.DONE: "done",
    ItemState.FAILED: "failed",
    ItemState.CANCELLED: "cancelled",
    ItemState.UNKNOWN: "unknown",
}
