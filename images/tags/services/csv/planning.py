"""What a file of tags would change: each of its images with its difference, or with the reason why it cannot."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from pyroaring import BitMap

from images.access.permissions import visible_projects
from images.cache.facets import tags_by_key
from images.cache.models.image import Image
from images.cache.queries import index
from images.cache.queries.dialects import dialect_of
from images.cache.queries.tags import Tags, tags_of
from images.cache.queries.visibility import visible_projects_of
from images.cache.rules.dialects import Dialect, Exchange
from images.cache.rules.tag_changes import TagChange, TagDifference, overtaken_by
from images.clouds.models import Project
from images.core.violations import Violation
from images.operations.enums import ActionKind
from images.operations.services import Target
from images.operations.services.selection import verdicts
from images.operations.services.targets import AT_ONCE, Candidate, SelectedTargets
from images.search.filters import ImageFilter
from images.search.queries.matching import Matching
from images.tags.services.csv.reading import BadCell, CellChange, Line, Sheet
from images.tags.services.policy import PolicyWatch


@dataclass(frozen=True, slots=True)
class Entry:
    """One image of a file. `difference`: what changes, empty when it stays. It cannot when there is a `reason` or a
    bad cell; then nothing of it changes. `pk` is None for images that nobody knows."""

    row: int
    image_id: str
    name: str
    pk: int | None = None
    difference: TagDifference = field(default_factory=TagDifference)
    reason: str = ""
    code: str = ""
    bad: tuple[BadCell, ...] = ()

    @property
    def outcome(self) -> str:
        """ "change", "stay" or "cannot"."""
        if self.reason or self.bad:
            return "cannot"
        return "change" if self.difference else "stay"


@dataclass(frozen=True)
class Plan:
    """The whole file held against the images as they are now."""

    entries: Sequence[Entry]
    projects: dict[int | None, Project]

    def of(self, outcome: str) -> Sequence[Entry]:
        return self._by_outcome.get(outcome, ())

    @cached_property
    def _by_outcome(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[entry.outcome].append(entry)
        return found

    @cached_property
    def fingerprint(self) -> str:
        """Moves when something else would be changed; a form carries it from the look to the confirmation."""
        said = hashlib.sha256()
        for entry in self.of("change"):
            said.update(repr((entry.pk, entry.difference.changes)).encode())
        return said.hexdigest()[:32]

    @cached_property
    def targets(self) -> SelectedTargets:
        """What an operation carries out; rows are read as it is written."""
        changes = {entry.pk: entry.difference for entry in self.of("change")}

        def make(_place: int, target: Target) -> Target:
            assert target.image is not None  # noqa: S101 # Chosen reads images
            return replace(target, parameters=changes[target.image.pk].parameters)

        return SelectedTargets(BitMap(pk for pk in changes if pk is not None), self.projects).made(make)


def plan(*, actor: User, sheet: Sheet) -> Plan:
    """Some 30 queries a thousand images, whatever the number of columns."""
    known = visible_projects(actor).select_related("account", "region")
    projects: dict[int | None, Project] = {project.pk: project for project in known}
    lines: dict[int, Line] = {}
    entries: list[Entry] = []
    watch = PolicyWatch()
    for line, found in _Finder(actor).find(sheet.lines):
        if isinstance(found, int) and found not in lines:
            lines[found] = line
        else:
            twice = _("The image stands in row %(row)d already.")
            reason = twice % {"row": lines[found].row} if isinstance(found, int) else found
            entries.append(Entry(line.row, line.image_id, line.name, reason=reason, bad=tuple(line.bad)))
    for image, refused, tags in _judged(actor, lines):
        entry = _entry(lines[image.pk], image, refused, tags, dialect_of(projects.get(image.project_id)))
        broken = watch.refusal(image.project_id, entry.difference) if entry.difference else None
        entries.append(replace(entry, difference=TagDifference(), reason=broken.message) if broken else entry)
    return Plan(sorted(entries, key=lambda entry: entry.row), projects)


class _Finder:
    """From what a row says of an image to the one that this person sees."""

    def __init__(self, actor: User) -> None:
        self._matching = Matching(ImageFilter(), index.current(), visible_projects_of(actor))

    def find(self, lines: Iterable[Line]) -> Iterator[tuple[Line, int | str]]:
        """Image.id, or a sentence."""
        left = iter(lines)
        while piece := list(islice(left, AT_ONCE)):
            there: dict[str, list[Image]] = defaultdict(list)
            rows = Image.objects.filter(image_id__in={line.image_id for line in piece})
            for image in rows.only("pk", "image_id", "project_id", "region_id", "member_status").order_by("pk"):
                if image.pk in self._matching.visible:
                    there[image.image_id].append(image)
            for line in piece:
                yield line, self._choose(line, there[line.image_id])

    def _choose(self, line: Line, images: Sequence[Image]) -> int | str:
        if not images:
            return _("There is no image with this ID that you may see.")
        known = self._matching.vocabulary
        labels, regions = known.labels, known.region_names
        projects = known.find("project", line.project) if line.project else []
        meant = [
            image
            for image in images
            if (not line.project or labels.get(image.project_id or 0, "") in projects)
            and line.region in ("", regions.get(image.region_id, ""))
        ]
        if not meant:
            found = labels.get(images[0].project_id or 0) or regions.get(images[0].region_id, "")
            return _("The image belongs to %(project)s, not to where the file says.") % {"project": found}
        # shared in, a project sees it too; its tags are its owner's
        return min(meant, key=lambda image: (image.project_id is None, image.member_status != "")).pk


def _judged(actor: User, lines: dict[int, Line]) -> Iterator[tuple[Candidate, Violation | None, Tags]]:
    left = verdicts(actor=actor, kind=ActionKind.TAG, ids=lines)
    while piece := list(islice(left, AT_ONCE)):
        tags = tags_of(image.pk for image, _refused in piece)
        for image, refused in piece:
            yield image, refused, tags[image.pk]


def _entry(line: Line, image: Candidate, refused: Violation | None, tags: Tags, dialect: Dialect) -> Entry:
    entry = Entry(line.row, image.image_id, image.name or image.image_id, image.pk, bad=tuple(line.bad))
    looks = tags_by_key(tags)
    said = [one for one in line.said if looks.get(one.wish.key) != _wanted(one)]
    if line.bad or not said:
        return entry
    if refused is not None:
        return replace(entry, reason=refused.message, code=refused.code)
    bad = tuple(
        one.bad(broken.message, broken.code, broken.rule) for one in said for broken in dialect.check_step(one.wish)
    )
    if bad:
        return replace(entry, bad=bad)
    overtaken = _overtaken(line, said, looks)
    if overtaken:
        return replace(entry, reason=overtaken)
    found = dialect.exchanged(tags, [_exchange(one, looks) for one in said])
    if isinstance(found, Violation):
        return replace(entry, reason=found.message, code=found.code)
    return replace(entry, difference=found)


def _wanted(said: CellChange) -> str | None:
    return None if said.wish.do == "remove" else said.wish.value


def _exchange(said: CellChange, looks: Mapping[str, str]) -> Exchange:
    key, held, wanted = said.wish.key, looks.get(said.wish.key), _wanted(said)
    return None if held is None else (key, held), None if wanted is None else (key, wanted)


def _overtaken(line: Line, said: Sequence[CellChange], looks: Mapping[str, str]) -> str:
    """Somebody changed one of these tags since the file was downloaded; "" when nobody did, or the file cannot tell."""
    if not line.knows_before:
        return ""
    wished = tuple(TagChange(one.wish.key, one.before, _wanted(one)) for one in said)
    return overtaken_by(looks, TagDifference(wished))
