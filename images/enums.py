"""Words shared by all rooms. Values are those of IMS; labels are what people read."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProjectKind(TextChoices):
    IMS = "ims", _("IMS")
    OPENSTACK = "openstack", _("OpenStack Glance")


class CredentialKind(TextChoices):
    PASSWORD = "password", _("User and password")  # a kind, not a password
    ACCESS_KEY = "aksk", _("Access key (AK/SK)")


class ProcessKind(TextChoices):
    WORKER = "worker", _("worker")
    SCHEDULER = "scheduler", _("scheduler")


class Rhythm(TextChoices):
    """How often a report comes."""

    WEEKLY = "weekly", _("each Monday")
    MONTHLY = "monthly", _("on the first of each month")


class Role(TextChoices):
    """What a team is in a project; images/permissions.py tells what each may do."""

    VIEWER = "viewer", _("Viewer")
    OPERATOR = "operator", _("Operator")
    APPROVER = "approver", _("Approver")
    ADMINISTRATOR = "administrator", _("Administrator")

    @property
    def explained(self) -> str:
        """What it allows, in words."""
        return str(
            {
                Role.VIEWER: _("looks at images"),
                Role.OPERATOR: _("looks, and changes images"),
                Role.APPROVER: _("looks, and decides about what is shared and asked for"),
                Role.ADMINISTRATOR: _("all of that, and changes the project's policies"),
            }[self]
        )


class ChangeKind(TextChoices):
    """What a synchronisation saw happen to an image."""

    APPEARED = "appeared", _("appeared")
    CHANGED = "changed", _("changed")
    GONE = "gone", _("gone")


class MemberStatus(TextChoices):
    """State of an image that somebody shares with the project (5.3.3); empty for images that are not shared in."""

    PENDING = "pending", _("pending")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class Trust(TextChoices):
    """How far we trust another project: whether it may have our images, and whether its own are welcome."""

    TRUSTED = "trusted", _("trusted")
    KNOWN = "known", _("known")
    BARRED = "barred", _("barred")


class PartnerSource(TextChoices):
    """Where an entry of the address book comes from."""

    TYPED = "typed", _("typed in")
    CSV = "csv", _("a CSV file")
    IAM = "iam", _("IAM")


class ConsentState(TextChoices):
    """What a project has said to an operation that needs a second person."""

    WAITING = "waiting", _("waiting for consent")
    GIVEN = "given", _("consented")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("ran out")


class ActKind(TextChoices):
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


class QuotaLevel(TextChoices):
    """How near a project is to its quota, by its own thresholds."""

    CALM = "", _("enough left")
    WARNING = "warning", _("nearly full")
    CRITICAL = "critical", _("almost full")


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
    DOUBT = "doubt", _("being checked")  # the answer was lost; we look for the effect before anything is repeated
    FOLLOWING = "following", _("in progress")  # IMS works on it: see the job
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    UNKNOWN = "unknown", _("unknown")


OPEN_ITEMS = (ItemState.WAITING, ItemState.SENT, ItemState.DOUBT, ItemState.FOLLOWING)
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


class ShareState(TextChoices):
    """Of an image that is shared with a project, as the team sees it (docs/approval.md has the picture)."""

    PENDING = "pending", _("waiting")
    ASKED = "asked", _("more asked")
    ACCEPTING = "accepting", _("approved, being sent")
    REJECTING = "rejecting", _("turned down, being sent")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    REVOKED = "revoked", _("taken back")


OPEN_SHARES = (ShareState.PENDING, ShareState.ASKED)
SENT_SHARES = (ShareState.ACCEPTING, ShareState.REJECTING)


class ShareBox(TextChoices):
    """Drawers of the inbox; each holds shares of one or two states."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being carried out")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    REVOKED = "revoked", _("Taken back")


class ShareEventKind(TextChoices):
    """What the story of a share is made of."""

    APPEARED = "appeared", _("shared with us")
    JUDGED = "judged", _("held against the policy")
    COMMENTED = "commented", _("commented")
    ASKED = "asked", _("asked for more")
    ASSIGNED = "assigned", _("assigned")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("voted against")
    TOO_LATE = "too_late", _("came too late")
    DECIDED = "decided", _("decided")
    CARRIED_OUT = "carried_out", _("carried out")
    TRIED_AGAIN = "tried_again", _("tried again")
    ELSEWHERE = "elsewhere", _("decided outside the console")
    CHANGED = "changed", _("changed after the decision")
    REOPENED = "reopened", _("opened again")
    REVOKED = "revoked", _("taken back by its owner")
    REMINDED = "reminded", _("waits for long")
    ESCALATED = "escalated", _("waits for too long")
