"""Reports that people get by mail. Only reports/services.py writes here."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from images.reports.enums import Rhythm


class ReportSchedule(models.Model):
    """Which report goes to whom, how often, at which hour of their day; `next_at` says when it is due.

    Whoever sends it claims it by moving `next_at`; who dies over it has only made it later.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="report_schedules")
    report = models.CharField(_("report"), max_length=20)
    #: Primary keys of projects (JSON array); empty: all that the owner sees when it is sent.
    projects = models.JSONField(default=list)
    rhythm = models.CharField(_("how often"), max_length=7, choices=Rhythm)
    hour = models.PositiveSmallIntegerField(_("hour"), validators=[MaxValueValidator(23)])
    #: IANA name of the owner's zone when they asked.
    zone = models.CharField(max_length=64, default="UTC")
    #: None: it is not sent any more, and `error` says why.
    next_at = models.DateTimeField(null=True)
    #: For which moment it is being sent, and how often that was tried since the last success.
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["report", "id"]
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="report_due")]
        constraints = [
            models.CheckConstraint(name="report_hour_is_of_a_day", condition=Q(hour__lte=23)),
            models.CheckConstraint(
                name="report_that_ended_says_why", condition=Q(next_at__isnull=False) | Q(error__gt="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}, {self.get_rhythm_display()}"
