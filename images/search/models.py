"""What people keep of their own: saved views of the list, and how they like it shown."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from images.core.requests import Person


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: Person | int) -> "SavedViewQuerySet":
        """One's own (of a person, or of who has this primary key), and those that colleagues share."""
        return self.filter(models.Q(owner=user) | models.Q(shared=True))


class SavedView(models.Model):
    """A named state of the list: its query string, canonical (filters.py)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(blank=True)
    shared = models.BooleanField(_("shared with the team"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="view_name_once_per_owner")]

    def __str__(self) -> str:
        return self.name


class ListPreference(models.Model):
    """How a person likes the list when the URL does not say: columns, page size, density."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="list_preference")
    columns = models.CharField(max_length=500, blank=True)
    page_size = models.PositiveSmallIntegerField(default=50)
    density = models.CharField(max_length=12, default="compact")

    def __str__(self) -> str:
        return f"list preference of {self.user}"
