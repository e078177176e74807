"""How many images projects have and may have: as it was last heard, and how it was over the years."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from images.clouds.models import Project
from images.quotas.enums import QuotaLevel


class QuotaState(models.Model):
    """What a project's service said last of its quota of images (5.5.1), and when it is asked again.

    Only quotas/services/samples.py moves these columns, but for the thresholds.
    """

    project = models.OneToOneField(Project, models.CASCADE, related_name="quota_state")
    #: None: never heard.
    used = models.PositiveIntegerField(null=True)
    #: None: without a limit, when `used` is known.
    limit = models.PositiveIntegerField(null=True)
    #: From and to what the quota can be set (5.5.1); None: not said.
    minimum = models.PositiveIntegerField(null=True)
    maximum = models.PositiveIntegerField(null=True)
    #: Further quotas of a Glance, [[type, used, limit], …] as it names and counts them.
    others = models.JSONField(default=list)
    #: What was used at the end of each of the last days, the oldest first, the day of `at` last.
    trend = models.JSONField(default=list)
    #: When it runs full (quotas/rules/forecast.py, as `as_json` writes it).
    outlook = models.JSONField(default=dict)
    #: When the service said so.
    at = models.DateTimeField(null=True)
    #: Why nobody knows it any more, in a sentence; empty when the last answer was one.
    error = models.TextField(blank=True)
    error_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    #: When it is asked again; whoever asks moves it first.
    next_at = models.DateTimeField(db_index=True)
    #: Percent of the limit from which people are told.
    warn = models.PositiveSmallIntegerField(_("warn from"), default=80)
    critical = models.PositiveSmallIntegerField(_("critical from"), default=95)
    #: What people were told last.
    level = models.CharField(max_length=8, choices=QuotaLevel, blank=True, default=QuotaLevel.CALM)
    level_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quota_thresholds_in_order", condition=Q(warn__gte=1, warn__lt=F("critical"), critical__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.used}/{self.limit}"

    @property
    def percent(self) -> float | None:
        """Of the limit that is used; None when either is not known. More than 100 when the limit was lowered."""
        if self.used is None or self.limit is None:
            return None
        return 100 * self.used / self.limit if self.limit else 100.0

    @property
    def left(self) -> int | None:
        """None: not known, or without a limit."""
        return None if self.used is None or self.limit is None else max(0, self.limit - self.used)


class QuotaSample(models.Model):
    """What was used at a moment, to the minute. Old ones are thinned: hourly, daily and at last weekly."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="quota_samples", db_index=False)
    at = models.DateTimeField()
    used = models.PositiveIntegerField()
    #: None: without a limit.
    limit = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "at"], name="quota_sample_once_a_minute")]

    def __str__(self) -> str:
        return f"{self.used}/{self.limit}"
