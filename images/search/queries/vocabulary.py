"""Values as people write them ("demo", "eu-west-0", "kvm") and the postings that stand for them."""

import fnmatch
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from pyroaring import BitMap

from images.cache.facets import holder_of_project
from images.cache.queries.index import Snapshot
from images.cache.queries.visibility import VisibleProject, VisibleProjects
from images.core.spelling import composed
from images.search.filters.fields import BY_NAME
from images.search.queries import attributes, derived


class Vocabulary:
    """value → images for each field of the query language, within what a person may see."""

    def __init__(self, snapshot: Snapshot, scope: VisibleProjects) -> None:
        self.snapshot = snapshot
        self.scope = scope

    def values(self, field: str) -> Mapping[str, BitMap]:
        """All values of a choice field. Counts of other people's images are in the bitmaps: intersect before use."""
        if field == "project":
            return self._projects
        if field == "region":
            return self._regions
        if field in derived.VALUES:
            return derived.VALUES[field](self.snapshot)
        return self.snapshot.values(BY_NAME[field].posting)

    def find(self, field: str, wanted: str) -> list[str]:
        """The spellings of a wanted value in the index: itself, else without regard to case; `*` for any text.

        Projects are found by name, by their ID at the cloud, and either with @region.
        """
        if field == "project" and (named := self._project_spellings.get(wanted.casefold())):
            return named
        return find(wanted, self.values(field))

    def known(self) -> Mapping[str, Collection[str]]:
        """Per closed field what the index holds beyond the reference; for parse."""
        return {name: self.values(name) for name, field in BY_NAME.items() if field.closed and field.posting}

    @cached_property
    def attributes(self) -> Mapping[str, Counter[str]]:
        """Name → values, of attributes that have no field here, among the newest images that somebody may see."""
        key = ("attributes", self.scope.key)
        return self.snapshot.remembered.get(key, lambda: attributes.seen_in(self.scope.images(self.snapshot)))

    @cached_property
    def _projects(self) -> Mapping[str, BitMap]:
        images: dict[str, BitMap] = {}
        for project in self.scope.projects:
            if project.published_at:
                mine = self.snapshot.get(*holder_of_project(project.pk))
                label = self.labels[project.pk]
                images[label] = images[label] | mine if label in images else mine
        return images

    @cached_property
    def labels(self) -> Mapping[int, str]:
        """Project pk → how it is called here: its name, with @region when several have that name."""
        names = Counter((project.name, project.region) for project in self.scope.projects)
        regions = Counter(name for name, _region in names)
        labels = {}
        for project in self.scope.projects:
            if names[project.name, project.region] > 1:
                labels[project.pk] = f"{project.project_id}@{project.region}"
            else:
                labels[project.pk] = f"{project.name}@{project.region}" if regions[project.name] > 1 else project.name
        return labels

    @cached_property
    def region_names(self) -> Mapping[int, str]:
        """Region pk → name."""
        return {project.region_id: project.region for project in self.scope.projects}

    @cached_property
    def _project_spellings(self) -> Mapping[str, list[str]]:
        spellings: dict[str, list[str]] = {}
        for project in self.scope.projects:
            for spelling in _spellings_of(project):
                spellings.setdefault(spelling.casefold(), []).append(self.labels[project.pk])
        return spellings

    @cached_property
    def _regions(self) -> Mapping[str, BitMap]:
        images: dict[str, BitMap] = {}
        for pk, name in self.region_names.items():
            mine = self.snapshot.get("region", str(pk))
            images[name] = images[name] | mine if name in images else mine
        return images


def _spellings_of(project: VisibleProject) -> Iterable[str]:
    for name in (project.name, project.project_id):
        yield name
        yield f"{name}@{project.region}"


def find(wanted: str, values: Mapping[str, BitMap]) -> list[str]:
    """See Vocabulary.find."""
    if wanted in values and wanted.isascii():
        return [wanted]
    if "*" in wanted:
        pattern = re.compile(fnmatch.translate(_folded(wanted).replace("[", "[[]").replace("?", "[?]")))
        return [value for value in values if pattern.match(_folded(value))]
    folded = _folded(wanted)
    return [value for value in values if _folded(value) == folded]


def _folded(text: str) -> str:
    return composed(text).casefold()
