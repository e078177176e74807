"""Images that others share with our projects: the request, what the team says to it, its story, and the policies.

A row is made by the synchronisation that first sees the share, and lives on when the share is taken back. All in words
and with a copy of the image's document, so that it can be shown later what was decided about. Only incoming/services/
moves its state.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from images.access.permissions import visible_projects
from images.cache.enums import MemberStatus
from images.clouds.models import Project
from images.core.requests import Person
from images.incoming.enums import OPEN_SHARES, SENT_SHARES, ShareBox, ShareEventKind, ShareState
from images.operations.models.operation import OperationItem


class SharePolicy(models.Model):
    """How a project decides about what is shared with it; each change is a new version, the highest is in force.

    Sizes are bytes. Lists are JSON arrays of text: owners by project ID, OS versions may have "*", tags and attributes
    are "key" or "key=value".
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="share_policies")
    version = models.PositiveIntegerField()
    approvals = models.PositiveSmallIntegerField(_("approvals needed"), default=1)
    one_rejection_ends = models.BooleanField(_("one vote against is enough"), default=True)
    trusted = models.JSONField(_("trusted owners"), default=list, blank=True)
    barred = models.JSONField(_("barred owners"), default=list, blank=True)
    #: Owners that the address book trusts or bars (Partner.trust) count as trusted or barred here.
    by_book = models.BooleanField(_("go by the address book"), default=False)
    os_types = models.JSONField(_("OS types"), default=list, blank=True)
    os_versions = models.JSONField(_("OS versions"), default=list, blank=True)
    max_age_days = models.PositiveIntegerField(_("not older than, in days"), null=True, blank=True)
    min_size = models.PositiveBigIntegerField(_("at least, in bytes"), null=True, blank=True)
    max_size = models.PositiveBigIntegerField(_("at most, in bytes"), null=True, blank=True)
    tags = models.JSONField(_("tags it must have"), default=list, blank=True)
    attributes = models.JSONField(_("attributes it must have"), default=list, blank=True)
    unencrypted = models.BooleanField(_("not encrypted"), default=False)
    #: An image that breaks a rule: False the team decides all the same, True it is rejected by itself.
    reject_mismatch = models.BooleanField(default=False)
    #: A decision is opened again when the image changes after it.
    reopen = models.BooleanField(default=True)
    remind_days = models.PositiveSmallIntegerField(null=True, blank=True)
    escalate_days = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(_("why it was changed"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=150)

    class Meta:
        ordering = ["project", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="share_policy_version_once"),
            models.CheckConstraint(name="share_policy_needs_approvals", condition=Q(approvals__gte=1)),
            models.CheckConstraint(
                name="share_policy_sizes_in_order",
                condition=Q(min_size=None) | Q(max_size=None) | Q(min_size__lte=models.F("max_size")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}, policy v{self.version}"


class IncomingShareQuerySet(models.QuerySet["IncomingShare"]):
    def visible_to(self, user: Person) -> "IncomingShareQuerySet":
        """Those with published projects that this person may see."""
        projects = visible_projects(user).filter(published_at__isnull=False)
        return self.filter(project__in=projects.order_by())

    def waiting(self) -> "IncomingShareQuerySet":
        """Those that the team has not decided about."""
        return self.filter(state__in=OPEN_SHARES)

    def present(self) -> "IncomingShareQuerySet":
        """Those that their owners have not taken back."""
        return self.exclude(state=ShareState.REVOKED)


class IncomingShare(models.Model):
    """An image of somebody else that is shared with a project. Shared anew after it was taken back: another row."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="incoming_shares")
    image_id = models.CharField(_("image ID"), max_length=64)
    name = models.CharField(_("image"), max_length=255)
    #: ID of the project that owns it.
    owner = models.CharField(_("owner"), max_length=64)
    os_type = models.CharField(_("OS type"), max_length=20, blank=True)
    os_version = models.CharField(_("OS version"), max_length=120, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    encrypted = models.BooleanField(_("encrypted"), default=False)
    #: The image's own age.
    made_at = models.DateTimeField(_("made"), null=True)
    #: As IMS sent it (JSON text): kept up while the team has not decided, then what was decided about.
    document = models.TextField(editable=False)
    #: What IMS says (5.3.3); empty when it is taken back.
    member_status = models.CharField(_("at IMS"), max_length=20, choices=MemberStatus, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ShareState, default=ShareState.PENDING)
    #: The inbox's drawer, by the state: one column to go along for two states.
    box = models.GeneratedField(
        expression=models.Case(
            models.When(state__in=OPEN_SHARES, then=models.Value(ShareBox.WAITING)),
            models.When(state__in=SENT_SHARES, then=models.Value(ShareBox.SENDING)),
            default=models.F("state"),
        ),
        output_field=models.CharField(max_length=10),
        db_persist=True,
    )
    #: The votes of earlier rounds count no more: each reopening begins another.
    round = models.PositiveSmallIntegerField(default=1)
    first_seen_at = models.DateTimeField()
    #: Since when it waits: first seen, or opened again.
    waiting_since = models.DateTimeField()
    #: Votes of this round that count; so the list need not count them.
    approvals = models.PositiveSmallIntegerField(default=0)
    rejections = models.PositiveSmallIntegerField(default=0)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    #: The version by which it was judged last; None: the present one has not looked at it yet.
    policy_version = models.PositiveIntegerField(null=True)
    #: What was decided ("accepted", "rejected"), when, by whom in words ("anna", "policy v3").
    decision = models.CharField(max_length=10, choices=MemberStatus, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    #: The decision fell somewhere else, e.g. in the vendor's console.
    elsewhere = models.BooleanField(default=False)
    #: Why it is open again; empty on the first round.
    reopened = models.CharField(max_length=300, blank=True)
    #: What carries the decision out at IMS.
    item = models.ForeignKey(OperationItem, models.SET_NULL, null=True, related_name="+")
    remind_at = models.DateTimeField(null=True)
    escalate_at = models.DateTimeField(null=True)

    objects = IncomingShareQuerySet.as_manager()

    class Meta:
        ordering = ["waiting_since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "image_id"], name="share_once_at_a_time", condition=~Q(state=ShareState.REVOKED)
            ),
            models.CheckConstraint(
                name="share_that_waits_is_not_decided",
                condition=~Q(state__in=OPEN_SHARES) | Q(decision="", decided_at=None),
            ),
            models.CheckConstraint(
                name="share_that_is_sent_is_decided",
                condition=~Q(state__in=[*SENT_SHARES, ShareState.ACCEPTED, ShareState.REJECTED])
                | (~Q(decision="") & Q(decided_at__isnull=False)),
            ),
        ]
        # the inbox goes along one of them, whatever it is sorted by; the id behind so that pages never overlap
        indexes = [
            models.Index(fields=["box", "waiting_since", "id"], name="share_by_age"),
            models.Index(fields=["box", "name", "id"], name="share_by_name"),
            models.Index(fields=["box", "size", "id"], name="share_by_size"),
            models.Index(fields=["project", "box", "waiting_since", "id"], name="share_of_project"),
            models.Index(fields=["owner", "-id"], name="share_of_owner"),
            models.Index(fields=["assigned_to", "box", "waiting_since", "id"], name="share_of_assignee"),
            models.Index(fields=["image_id"], name="share_of_image"),
            models.Index(
                fields=["project", "id"],
                name="share_unjudged",
                condition=Q(policy_version=None, state__in=OPEN_SHARES),
            ),
            models.Index(fields=["remind_at"], name="share_remind", condition=Q(remind_at__isnull=False)),
            models.Index(fields=["escalate_at"], name="share_escalate", condition=Q(escalate_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name or self.image_id

    @property
    def is_open(self) -> bool:
        """The team has not decided."""
        return self.state in OPEN_SHARES


class ShareVote(models.Model):
    """What a person says to a share; one vote a round. `counts`: False for the sharer's own people, with the reason."""

    share = models.ForeignKey(IncomingShare, models.CASCADE, related_name="votes")
    round = models.PositiveSmallIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    user_name = models.CharField(max_length=150)
    approves = models.BooleanField()
    comment = models.TextField(blank=True)
    counts = models.BooleanField(default=True)
    why_not = models.CharField(max_length=200, blank=True)
    policy_version = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["share", "round", "user"], name="one_vote_a_person_and_round"),
            models.CheckConstraint(
                name="vote_that_does_not_count_says_why", condition=Q(counts=True) | Q(why_not__gt="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_name}: {'+' if self.approves else '-'}"

    @property
    def voter(self) -> object:
        """Tells people apart, also those whose account is gone."""
        return self.user_id or self.user_name


class ShareEvent(models.Model):
    """The story of a share, in words that outlive accounts and policies."""

    share = models.ForeignKey(IncomingShare, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=11, choices=ShareEventKind)
    #: A person's name, "policy v3", or empty: IMS and its owner.
    actor_name = models.CharField(max_length=150, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.get_kind_display()}".strip()
