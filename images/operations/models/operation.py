"""What people asked to be done to images, item by item, and the jobs of IMS that came of it.

Rows are written with the request, before anything is sent. Only operations/services/ moves their states.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from images.access.permissions import visible_projects
from images.cache.models.image import Image
from images.clouds.models import Project
from images.core import clock
from images.core.requests import Person
from images.operations.enums import FINAL_OPERATIONS, ActionKind, ItemState, JobState, OperationState


class OperationQuerySet(models.QuerySet["Operation"]):
    def visible_to(self, user: Person) -> "OperationQuerySet":
        """Operations in projects that this person may see. Two projects of one operation: seeing one is enough."""
        projects = visible_projects(user)
        # not by a join, which would bring five thousand rows of a bulk operation to each poll of its page
        items = OperationItem.objects.filter(operation=models.OuterRef("pk"), project__in=projects)
        return self.filter(Q(project__in=projects) | Q(models.Exists(items), project=None))

    def unfinished(self) -> "OperationQuerySet":
        return self.exclude(state__in=FINAL_OPERATIONS)


class Operation(models.Model):
    """One act of one person on any number of images. The counters tell its state, so that a poll reads one row."""

    kind = models.CharField(_("kind"), max_length=12, choices=ActionKind)
    state = models.CharField(_("state"), max_length=10, choices=OperationState, default=OperationState.WAITING)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="operations")
    #: Who, in words: outlives the account.
    actor_name = models.CharField(max_length=150)
    #: None: items in several projects.
    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="operations")
    #: What is the same for all items (JSON object, never a secret).
    parameters = models.JSONField(default=dict)
    #: A line for people ("ubuntu-22 and 41 more").
    summary = models.CharField(max_length=300)
    #: From the form: a form that is sent twice makes one operation.
    key = models.CharField(max_length=64, unique=True)
    request_id = models.CharField(max_length=64, blank=True)
    retry_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="retries")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    #: When it was let go after it had been held (for a consent, for a file); None: it never was.
    released_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=150, blank=True)
    #: Moves with everything that a page about this operation shows.
    version = models.PositiveIntegerField(default=1)
    total = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    #: sent, being checked, or followed as a job
    running = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)

    objects = OperationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["actor", "-id"]),
            models.Index(fields=["actor", "finished_at"]),
            models.Index(fields=["project", "-id"]),
            models.Index(fields=["kind", "-id"]),
            models.Index(fields=["state", "-id"]),
            models.Index(fields=["created_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="operation_counts_all_its_items",
                condition=Q(
                    total=F("waiting") + F("running") + F("done") + F("failed") + F("cancelled") + F("unknown")
                ),
            ),
            models.CheckConstraint(
                name="operation_is_finished_when_its_state_says_so",
                condition=Q(state__in=FINAL_OPERATIONS, finished_at__isnull=False)
                | (~Q(state__in=FINAL_OPERATIONS) & Q(finished_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.summary}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_OPERATIONS

    @property
    def ended(self) -> int:
        """Items that nothing more will happen to."""
        return self.done + self.failed + self.cancelled + self.unknown


class Job(models.Model):
    """A job of IMS (5.6.1) that we follow. `percent` 0 to 100; None: the service has not said."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="jobs")
    job_id = models.CharField(_("job ID"), max_length=64)
    kind = models.CharField(max_length=12, choices=ActionKind)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.INIT)
    percent = models.PositiveSmallIntegerField(null=True)
    current_task = models.CharField(max_length=200, blank=True)
    #: As 5.6.1 gives them: [{"job_id", "status", "image_id", "image_name", "code", "reason"}].
    sub_jobs = models.JSONField(default=list)
    #: Bytes (or GB of minimum disk × 2³⁰) of what it works on, to compare with jobs of the same kind; 0: unknown.
    size = models.PositiveBigIntegerField(default=0)
    begin_at = models.DateTimeField(null=True)
    end_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    #: When it is to be asked about again; None: it has ended.
    poll_at = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    polls = models.PositiveIntegerField(default=0)
    #: Answers in a row that did not come, or that knew nothing of it.
    failures = models.PositiveSmallIntegerField(default=0)
    #: After this it is overdue.
    deadline = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["project", "job_id"], name="job_once_per_project")]
        indexes = [
            models.Index(fields=["project", "poll_at"], condition=Q(poll_at__isnull=False), name="job_due"),
            models.Index(fields=["kind", "state", "-id"]),
        ]

    def __str__(self) -> str:
        return self.job_id


class OperationItem(models.Model):
    """One image of an operation (for a creation: one image to come). Names are text, so that they outlive the image."""

    operation = models.ForeignKey(Operation, models.CASCADE, related_name="items", db_index=False)
    #: From 0, in the order in which they were chosen.
    position = models.PositiveIntegerField()
    # no index of its own: a database that has the choice would go through all that has ever been done
    project = models.ForeignKey(Project, models.CASCADE, related_name="+", db_index=False)
    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="operation_items", db_index=False)
    #: ID at IMS; empty until a creation has made one.
    image_uid = models.CharField(_("image ID"), max_length=64, blank=True)
    image_name = models.CharField(_("image"), max_length=255)
    #: What is this item's own (JSON object): values before and after, for instance.
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: When it may next be worked on.
    next_at = models.DateTimeField()
    #: Written before the call goes out: from then on the effect may be there.
    sent_at = models.DateTimeField(null=True)
    #: When an attempt (or a look for its effect) failed for the first time since something went well: from here on
    #: patience is counted, not from when it was asked for or from when a long one began. None: nothing has failed.
    failing_since = models.DateTimeField(null=True)
    #: How often the effect was looked for in vain since `sent_at`.
    looks = models.PositiveSmallIntegerField(default=0)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="items")
    #: What came of it, e.g. {"image_id": …} (JSON object).
    result = models.JSONField(default=dict)
    #: Of the bytes of its file: first those that came to us, then those that went on; None: no file travels.
    percent = models.PositiveSmallIntegerField(null=True)
    #: Code of IMS or of ours, and a sentence; meaning and measure of a code are in the catalogue.
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    upstream_request_id = models.CharField(max_length=80, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["operation", "position"]
        constraints = [models.UniqueConstraint(fields=["operation", "position"], name="item_position_once")]
        indexes = [
            # open ones; the condition is one that SQLite too recognises in a query
            models.Index(
                fields=["project", "operation", "state", "next_at"], condition=Q(finished_at=None), name="item_turn"
            ),
            models.Index(fields=["operation", "state"]),
            models.Index(fields=["image_uid", "-id"]),
            models.Index(fields=["image", "state"]),
        ]

    def __str__(self) -> str:
        return self.image_name or self.image_uid


class OperationEvent(models.Model):
    """The log of an operation: what people did to it and what went wrong; not every success of every item."""

    operation = models.ForeignKey(Operation, models.CASCADE, related_name="events")
    item = models.ForeignKey(OperationItem, models.CASCADE, null=True, related_name="events")
    at = models.DateTimeField(default=clock.now, editable=False)
    #: A sentence for people.
    text = models.TextField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text


class Lane(models.Model):
    """Whose turn it is to work for a project: one carrier at a time, whose claim runs out when it dies.

    It also makes throttling everybody's: while the lane is paused nobody sends anything to the project.
    """

    project = models.OneToOneField(Project, models.CASCADE, related_name="lane")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"lane of {self.project}"
