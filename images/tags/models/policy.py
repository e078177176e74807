"""What projects ask of the tags of their images, and how often tags were used day by day."""

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from images.clouds.models import Project


class TagPolicy(models.Model):
    """Of one project, or (without one) the default of all. `rules` are those of tags/rules/policy.py as JSON."""

    project = models.OneToOneField(Project, models.CASCADE, null=True, related_name="tag_policy")
    rules = models.JSONField(default=list)
    #: What breaks it is refused; otherwise it is told.
    binding = models.BooleanField(_("binding"), default=False)
    #: The default of all projects holds as well, for keys that have no rule here.
    inherits = models.BooleanField(_("the default holds as well"), default=True)
    #: Counts the changes: whoever saves must have seen the newest.
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "tag policies"
        constraints = [
            models.UniqueConstraint(Value(1), condition=Q(project=None), name="tag_policy_of_all_once"),
        ]

    def __str__(self) -> str:
        return str(self.project or _("all projects"))


class TagTrend(models.Model):
    """On `day`, `after` images of a holder had a tag, and `before` on the days before.

    There is a row only for days on which the number changed, so that what never changes takes no room. `holder` is that
    of the index (facets.py: p12, r3). `total`: of the key, whatever its value (which is "" then).
    """

    holder = models.CharField(max_length=24)
    key = models.CharField(max_length=255)
    value = models.CharField(max_length=255, blank=True)
    total = models.BooleanField(default=False)
    day = models.DateField()
    before = models.PositiveIntegerField()
    after = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "key", "value", "total", "day"], name="tag_trend_once_a_day"),
        ]
        indexes = [
            models.Index(fields=["day", "total"]),
            models.Index(fields=["key", "day"], condition=Q(total=False), name="tag_trend_of_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key}={self.value}: {self.after}"
