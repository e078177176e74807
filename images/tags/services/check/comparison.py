"""Asks the service of each project (5.2.3) and holds its answer against the console's copy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from pyroaring import BitMap

from images.access.permissions import visible_projects
from images.cache.facets import holder_of_project
from images.cache.models.image import Image
from images.cache.queries import index
from images.cache.queries.tags import Tags, tags_of
from images.cache.queries.visibility import visible_projects_of
from images.clouds.enums import ProjectKind
from images.clouds.models import Project
from images.clouds.services.clients import client_for
from images.core.correlation import Threads
from images.core.encryption import SecretUnreadable
from images.ims import IMSClient, IMSError, TaggedImage, TagQuery
from images.ims.retry import RetryPolicy
from images.operations.services.targets import AT_ONCE
from images.search.filters import Choice, ImageFilter
from images.search.queries.matching import Matching
from images.tags.services.check.questions import Question, about_tags, question_of

#: Seconds to connect and to answer, and projects that are asked at the same time: somebody waits for the page.
PATIENCE: Final = (3.0, 15.0)
PARALLEL: Final = 6
MOST_PROJECTS: Final = 30
#: Images of one answer that are fetched to be compared; with more only the numbers are.
MOST_IMAGES: Final = 10_000
#: Differences of a project that are shown.
MOST_SHOWN: Final = 50
_PAGE: Final = 1000
_ONCE = RetryPolicy(attempts=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """An image on which the answers differ. `here` and `there`: its tags, None where the answer lacks the image."""

    image_id: str
    name: str
    pk: int | None
    here: Tags | None
    there: Tags | None


@dataclass(frozen=True, slots=True)
class ProjectCheck:
    """One project. `there` is None when the service gave no answer; `error` then says why. `compared`: image by image,
    not only the numbers."""

    label: str
    synced_at: datetime | None
    here: int
    there: int | None = None
    error: str = ""
    compared: bool = False
    differences: tuple[Difference, ...] = ()
    #: How many there are, beyond those that are kept.
    differing: int = 0

    @property
    def agrees(self) -> bool:
        return self.there == self.here and not self.differing


@dataclass(frozen=True, slots=True)
class Result:
    """`asked`: the conditions that were compared, in the query language. `native`: projects whose service is a plain
    Glance, which cannot be asked; `beyond`: how many projects were left out for their number."""

    asked: str
    checked: Sequence[ProjectCheck]
    native: Sequence[str]
    beyond: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the service said: how many, and the images when there are not too many of them."""

    total: int | None = None
    images: Mapping[str, TaggedImage] | None = None
    error: str = ""


def check(*, actor: User, image_filter: ImageFilter) -> Result:
    """The conditions on tags, in each project that the conditions on project and region leave. Public images and those
    that others share belong to no project's answer (5.2.3), so they are left aside.

    Never raises for a service that does not answer; raises CannotBeAsked.
    """
    asked = ImageFilter.of(about_tags(image_filter))
    question = question_of(asked)
    matching = Matching(asked, index.current(), visible_projects_of(actor))
    chosen = _chosen(matching, image_filter)
    rows = visible_projects(actor).filter(pk__in=chosen).select_related("account", "region")
    projects = [project for project in rows if project.published_at is not None]
    native = [matching.vocabulary.labels[one.pk] for one in projects if one.kind == ProjectKind.OPENSTACK]
    askable = [one for one in projects if one.kind != ProjectKind.OPENSTACK]
    some = askable[:MOST_PROJECTS]
    with Threads(PARALLEL, "tag-check") as pool:
        answers = list(pool.map(lambda work: work(question), [_asker(project) for project in some]))
    checked = [_compared(matching, project, answer) for project, answer in zip(some, answers, strict=True)]
    return Result(asked.text, checked, native, len(askable) - len(some))


def _chosen(matching: Matching, image_filter: ImageFilter) -> list[int]:
    """The projects that the filter's conditions on project and region leave; also those without any image."""
    known = matching.vocabulary
    left = list(matching.scope.projects)
    for one in image_filter:
        if not isinstance(one, Choice) or one.field not in ("project", "region"):
            continue
        meant = {found for value in one.values for found in known.find(one.field, value)}
        left = [
            seen
            for seen in left
            if ((known.labels[seen.pk] if one.field == "project" else seen.region) in meant) != one.negated
        ]
    return [seen.pk for seen in left]


class _asker:  # noqa: N801 # used as a function
    """Asks one project; made where there is a database, called where there is none."""

    def __init__(self, project: Project) -> None:
        self._client: IMSClient | None = None
        self._error = ""
        try:
            self._client = client_for(project, timeout=PATIENCE, retry=_ONCE)
        except SecretUnreadable as error:
            self._error = str(error)

    def __call__(self, question: Question) -> _Answer:
        if self._client is None:
            return _Answer(error=self._error)
        try:
            return _asked(self._client, question)
        except IMSError as error:
            return _Answer(error=str(error))


def _asked(client: IMSClient, question: Question) -> _Answer:
    total = client.tags.count_images(question.wanted[0]) if question.is_one else None
    if total is not None and total > MOST_IMAGES:
        return _Answer(total)
    found: dict[str, TaggedImage] | None = None
    for query in question.wanted:
        answer = _all(client, query)
        if answer is None:
            return _Answer(total, error="" if total is not None else _too_many())
        found = answer if found is None else {one: answer[one] for one in found.keys() & answer.keys()}
    for query in question.unwanted:
        answer = _all(client, query)
        if answer is None:
            return _Answer(error=_too_many())
        found = {one: image for one, image in (found or {}).items() if one not in answer}
    return _Answer(len(found or {}) if total is None else total, found or {})


def _too_many() -> str:
    return _("More than %(most)d images would have to be fetched to compare.") % {"most": MOST_IMAGES}


def _all(client: IMSClient, query: TagQuery) -> dict[str, TaggedImage] | None:
    """Every image that one query finds; None when there are too many."""
    found: dict[str, TaggedImage] = {}
    offset = 0
    while True:
        page = client.tags.find_images(query, limit=_PAGE, offset=offset)
        if page.total > MOST_IMAGES:
            return None
        found |= {image.image_id: image for image in page.items}
        offset += len(page.items)
        if not page.items or offset >= page.total:
            return found


def _compared(matching: Matching, project: Project, answer: _Answer) -> ProjectCheck:
    label = matching.vocabulary.labels[project.pk]
    own = matching.snapshot.get(*holder_of_project(project.pk)) - _shared_in(matching)
    here = matching.images & own
    if answer.total is None or answer.images is None:
        return ProjectCheck(label, project.synced_at, len(here), answer.total, answer.error)
    found = _differences(here, own, answer.images)
    return ProjectCheck(
        label, project.synced_at, len(here), answer.total, "", True, tuple(found[:MOST_SHOWN]), len(found)
    )  # fmt: skip


def _shared_in(matching: Matching) -> BitMap:
    return BitMap.union(BitMap(), *matching.snapshot.values("member_status").values())


def _differences(here: BitMap, own: BitMap, there: Mapping[str, TaggedImage]) -> list[Difference]:
    """Images in one answer only, and those in both whose tags differ; by name."""
    known = {image_id: (pk, name) for pk, image_id, name in _rows(here)}
    strangers = there.keys() - known.keys()
    held = dict(_held(strangers, own))
    tags = tags_of([*here, *(pk for pk, _name in held.values())])
    found = [
        Difference(image_id, name, pk, tags[pk], None)
        for image_id, (pk, name) in known.items()
        if image_id not in there
    ]
    for image_id, image in there.items():
        theirs = {tag.key: tag.value for tag in image.tags}
        pk, name = known.get(image_id) or held.get(image_id) or (None, image.name)
        ours = tags[pk] if pk is not None else None
        if image_id in strangers or ours != theirs:
            found.append(Difference(image_id, name, pk, ours, theirs))
    return sorted(found, key=lambda one: (one.name.casefold(), one.image_id))


def _rows(ids: BitMap) -> Iterable[tuple[int, str, str]]:
    for start in range(0, len(ids), AT_ONCE):
        some = Image.objects.filter(pk__in=list(ids[start : start + AT_ONCE]))
        yield from some.values_list("pk", "image_id", "name")


def _held(image_ids: Iterable[str], own: BitMap) -> Iterable[tuple[str, tuple[int, str]]]:
    """Those of them that the console holds for the project, although its answer lacks them."""
    wanted = sorted(image_ids)
    for start in range(0, len(wanted), AT_ONCE):
        some = Image.objects.filter(image_id__in=wanted[start : start + AT_ONCE])
        for pk, image_id, name in some.values_list("pk", "image_id", "name"):
            if pk in own:
                yield image_id, (pk, name)
