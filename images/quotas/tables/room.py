"""What takes the room of a project, and which of it could probably go: each figure leads to its images in the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.clouds.models import Project
from images.core.charts import BarChart
from images.core.requests import Person
from images.core.url_cache import cached_url
from images.operations.enums import ActionKind
from images.quotas.queries.cleanup import OLD_AFTER, REASONS, SCORES, CleanupCandidates, cleanup_candidates
from images.search.filters import Choice, ImageFilter
from images.search.filters.fields import BY_NAME
from images.search.queries.facets import BY_FACET as FACETS
from images.search.queries.facets import Facet, count
from images.search.queries.matching import Matching, matching
from images.search.tables.breakdown import list_of, of_age, of_facet, of_size

#: What was answered to what others share with the project: those do not count against its quota.
_FOREIGN: Final = ("pending", "accepted", "rejected")
_OWNER: Final = Facet("owner", BY_NAME["owner"].label, "any", ("owner",))
_BARS: Final = 6
_KEYS: Final = 30

#: Value of `spare:` → what it says of an image.
WHY: Final[Mapping[str, str | Promise]] = {
    "old": gettext_lazy("Older than a year"),
    "untouched": gettext_lazy("Nothing was ever done to it from here"),
    "superseded": gettext_lazy("There is a newer one: of the same name but for a version, or a copy of it"),
    "duplicate": gettext_lazy("Same content as an older one"),
    "untagged": gettext_lazy("Without a tag"),
    "failed": gettext_lazy("Its creation failed"),
    "two-reasons": gettext_lazy("At least two of these reasons"),
    "three-reasons": gettext_lazy("At least three of these reasons"),
    "four-reasons": gettext_lazy("At least four of these reasons"),
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Images of a project for one reason. `delete` leads to the preview of a deletion, which deletes nothing itself."""

    why: str
    count: int
    size: int
    protected: int
    shared: int
    url: str
    delete: str


def own_of(user: Person, project: Project) -> Matching:
    """The images of the project that are its own, as the list finds them."""
    everything = matching(ImageFilter(), user)
    label = everything.vocabulary.labels[project.pk]
    base = ImageFilter.of([Choice("project", (label,)), Choice("member", _FOREIGN, negated=True)])
    return Matching(base, everything.snapshot, everything.scope, everything.now, everything.zone)


def parts(matching: Matching, key: str) -> list[tuple[str, BarChart]]:
    """Title and bars, where there is more than one. `key`: the tag key by whose values images are told apart, "" for
    the keys themselves."""
    charts = [
        (_("By tag %(key)s") % {"key": key} if key else _("By tag"), of_facet(matching, "tag", bars=_BARS, within=key)),
        (_("By owner"), of_facet(matching, _OWNER, bars=_BARS)),
        (_("By OS"), of_facet(matching, "os", bars=_BARS)),
        (_("By kind"), of_facet(matching, "envtype", bars=_BARS)),
        (_("By age"), of_age(matching)),
        (_("By size"), of_size(matching)),
    ]
    return [(title, chart) for title, chart in charts if len(chart.bars) > 1]


def keys(matching: Matching) -> list[str]:
    """Tag keys to choose from, most frequent first."""
    return [value.value for value in count(FACETS["tag"], matching, _KEYS).values]


def candidates(matching: Matching) -> list[Candidates]:
    """Reasons that any image has, and after them those that several speak against."""
    spare = cleanup_candidates(matching.snapshot)
    reasons = [_of_reason(matching, spare, value) for value in (*REASONS, *SCORES)]
    return [reason for reason in reasons if reason.count]


def _of_reason(matching: Matching, spare: CleanupCandidates, value: str) -> Candidates:
    images = spare.images[value] & matching.images
    query = f"{matching.filter.text} spare:{value}"
    snapshot = matching.snapshot
    chosen = urlencode({"all": "on", "query": urlencode({"q": query})})
    return Candidates(
        why=str(WHY[value]),
        count=len(images),
        size=spare.size_of(images),
        protected=snapshot.get("protected", "yes").intersection_cardinality(images),
        shared=snapshot.get("visibility", "shared").intersection_cardinality(images),
        url=list_of(query),
        delete=f"{cached_url('images:act', ActionKind.DELETE.value)}?{chosen}",
    )


def shown_key(wanted: str, known: Sequence[str]) -> str:
    return wanted if wanted in known else ""


__all__ = ["OLD_AFTER", "WHY", "Candidates", "candidates", "keys", "own_of", "parts", "shown_key"]
