"""What people are told, each person's copy of it, webhooks, and what is to go out by mail or to a webhook.

A notice is written in the transaction of what happened; notices/services/ makes copies and deliveries of it and carries
those out.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from images.access.permissions import visible_projects
from images.clouds.models import Project
from images.core.requests import Person
from images.notices.kinds import Audience, find


class Notice(models.Model):
    """Something that happened, in words. `url` is a path of the console."""

    at = models.DateTimeField()
    #: One of those that rooms declare (notices/kinds.py); not as `choices`, so that a new kind needs no migration.
    kind = models.CharField(max_length=20)
    #: None: not about one project.
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="notices")
    subject = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    audience = models.CharField(max_length=10, choices=Audience)
    #: Primary keys of those whom it names (`audience` named), or, otherwise, of those who do not need to hear of it.
    people = models.JSONField(default=list)
    #: How many things of the same sort it tells of; such notices wait a moment for each other.
    count = models.PositiveIntegerField(default=1)
    #: When copies and deliveries of it are to be made; None: they are made.
    spread_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["spread_at"], name="notice_to_spread", condition=Q(spread_at__isnull=False)),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def kind_label(self) -> str:
        known = find(self.kind)
        return str(known.label) if known else self.kind


class NoticeCopyQuerySet(models.QuerySet["NoticeCopy"]):
    def visible_to(self, user: Person) -> "NoticeCopyQuerySet":
        """A person's own, without those of projects that they may not see (any more)."""
        projects = visible_projects(user)
        mine = self.filter(user=user.pk).filter(Q(notice__project=None) | Q(notice__project__in=projects.order_by()))
        return mine if user.is_staff or user.is_superuser else mine.exclude(notice__audience=Audience.STAFF)

    def unread(self) -> "NoticeCopyQuerySet":
        return self.filter(read_at=None)


class NoticeCopy(models.Model):
    """A notice for one person, as the bell counts it and their page lists it."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="copies")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", db_index=False)
    read_at = models.DateTimeField(null=True)

    objects = NoticeCopyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["notice", "user"], name="notice_once_a_person")]
        indexes = [
            models.Index(fields=["user", "-id"]),
            models.Index(fields=["user"], name="notice_unread", condition=Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.notice}"


class NoticePreference(models.Model):
    """What a person wants to hear, and how; no row: as it is by default."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_preference")
    #: {kind: {"bell": bool, "mail": a value of Mail}}
    choices = models.JSONField(default=dict)
    #: The digest goes out at this hour of that zone.
    digest_hour = models.PositiveSmallIntegerField(default=7)
    time_zone = models.CharField(max_length=64, default="UTC")

    class Meta:
        constraints = [models.CheckConstraint(name="digest_has_an_hour_of_the_day", condition=Q(digest_hour__lte=23))]

    def __str__(self) -> str:
        return f"notices for {self.user}"


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user: Person) -> "WebhookQuerySet":
        """Those of projects that this person sees; those of the whole console for its administrators."""
        theirs = Q(project__in=visible_projects(user).order_by())
        whole = Q(project=None) if user.is_active and (user.is_staff or user.is_superuser) else Q(pk__in=())
        return self.filter(theirs | whole)


class Webhook(models.Model):
    """An address that is told of things. The secrets are stored encrypted (core/encryption.py)."""

    name = models.CharField(_("name"), max_length=100)
    url = models.URLField(_("address"), max_length=500)
    #: None: hears of every project.
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="webhooks")
    #: Values of kinds; empty: all.
    kinds = models.JSONField(default=list, blank=True)
    active = models.BooleanField(_("active"), default=True)
    secret = models.TextField(editable=False)
    #: The one before, which signs beside the new one until then.
    old_secret = models.TextField(blank=True, editable=False)
    old_until = models.DateTimeField(null=True, editable=False)
    #: Failures in a row, and until when it is left alone after the last.
    failures = models.PositiveIntegerField(default=0, editable=False)
    resting_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by_name = models.CharField(max_length=150)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("delivered")
    GIVEN_UP = "given_up", _("given up")
    DROPPED = "dropped", _("not sent")  # whoever it was for may no longer see it, or it is switched off


class DeliveryWay(models.TextChoices):
    MAIL = "mail", _("e-mail")
    DIGEST = "digest", _("daily digest")
    WEBHOOK = "webhook", _("webhook")


class Delivery(models.Model):
    """A notice on its way to one person's mail or to one webhook.

    Who carries it out moves `next_at` ahead: that is the claim, and the lease. `uid` is the same at each attempt.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    #: None: a test of a webhook.
    notice = models.ForeignKey(Notice, models.CASCADE, null=True, related_name="deliveries")
    way = models.CharField(max_length=10, choices=DeliveryWay)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, null=True, related_name="deliveries", db_index=False)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    #: None: nothing more happens.
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    #: Of the last attempt: the status of the answer (0: none), how it began, why it failed, how long it took.
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    error = models.CharField(max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "user", "way"], name="delivered_once_a_person"),
            models.UniqueConstraint(fields=["notice", "webhook"], name="delivered_once_a_webhook"),
            models.CheckConstraint(
                name="delivery_has_one_target",
                condition=Q(way="webhook", webhook__isnull=False, user=None)
                | (~Q(way="webhook") & Q(webhook=None, user__isnull=False, notice__isnull=False)),
            ),
            models.CheckConstraint(
                name="delivery_that_waits_is_due_some_time",
                condition=Q(state="waiting", next_at__isnull=False) | (~Q(state="waiting") & Q(next_at=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="delivery_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["webhook", "-id"]),
            models.Index(fields=["user", "way", "next_at"], name="delivery_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.uid}"

    @property
    def is_final(self) -> bool:
        return self.state != DeliveryState.WAITING


class Trouble(models.Model):
    """A project that does not synchronise, from when that is noticed until it is well again."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="trouble")
    since = models.DateTimeField()
    #: When people were told; None: not yet, it may pass.
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.project} since {self.since}"
