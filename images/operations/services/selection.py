"""What people chose for an act: which of these images it can be done to, and for the others why not.

A selection is ticked images or all that match a filter; both come here as ids, and only what the person sees counts.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from pyroaring import BitMap

from images.access.permissions import Ability, can_operate, projects_for, refusal, visible_projects
from images.cache.facets import holder_of_project
from images.cache.models.image import Image
from images.cache.queries import index
from images.cache.queries.visibility import visible_images
from images.cache.rules.dialects import of_kind
from images.clouds.enums import ProjectKind
from images.clouds.models import Project
from images.core.violations import Violation
from images.operations.enums import ActionKind
from images.operations.queries.blockers import Blockers
from images.operations.rules.actions import problem_of as acts_problem_of
from images.operations.services import is_offered
from images.operations.services.targets import AT_ONCE, Candidate, SelectedTargets, candidates

#: Names of a group that a preview shows.
SHOWN: Final = 5

#: Acts that a selection of images may be put through on one screen.
OFFERED: Final = (
    ActionKind.EDIT,
    ActionKind.TAG,
    ActionKind.PROTECT,
    ActionKind.UNPROTECT,
    ActionKind.COPY,
    ActionKind.EXPORT,
    ActionKind.SHARE,
    ActionKind.DELETE,
)
#: Columns that the form of an act wants to know of each target.
_COMPARED: Final = {
    ActionKind.EDIT: ("description", "min_ram", "firmware", "flags"),
    ActionKind.EXPORT: ("disk_format",),
}


@dataclass
class Sample:
    """How many images, and the names of the first SHOWN of them."""

    count: int = field(default=0, kw_only=True)
    names: list[str] = field(default_factory=list, kw_only=True)

    def add(self, name: str) -> None:
        self.count += 1
        if len(self.names) < SHOWN:
            self.names.append(name)

    @property
    def more(self) -> int:
        return self.count - len(self.names)


@dataclass
class Group(Sample):
    """Images that an act cannot be done to for one reason: a sentence, the code of IMS ("" if there is none).

    `operation`: the operation that is in the way, if that is the reason.
    """

    reason: str
    code: str = ""
    operation: int | None = None


@dataclass(frozen=True)
class JudgedSelection:
    """A selection held against an act: `targets` it can be done to, `groups` of the others, largest first."""

    kind: ActionKind
    targets: SelectedTargets
    groups: Sequence[Group]
    #: Projects of the targets.
    projects: Sequence[Project]
    #: Full-ECS images among the targets, whose backups may go with them (6.1.5).
    whole_images: int
    #: Encrypted images among the targets.
    encrypted: int
    #: Moves when other images would be acted upon; a form carries it from the preview to the confirmation.
    fingerprint: str
    #: What was chosen and is seen: all that a page may hand back of what it was sent.
    seen: BitMap

    @property
    def chosen(self) -> int:
        return len(self.targets) + sum(group.count for group in self.groups)

    @property
    def wanted(self) -> dict[Project, int]:
        """How many of the targets each project has."""
        snapshot = index.current()
        counts = {
            project: snapshot.get(*holder_of_project(project.pk)).intersection_cardinality(self.targets.ids)
            for project in self.projects
        }
        return {project: number for project, number in counts.items() if number}

    @property
    def names(self) -> list[str]:
        return [target.name for target in self.targets[: 2 * SHOWN]]

    @property
    def more(self) -> int:
        return max(0, len(self.targets) - 2 * SHOWN)


def judge(
    *, actor: User, kind: ActionKind, ids: Iterable[int], known: Mapping[str, Any] | None = None
) -> JudgedSelection:
    """Which of these images the act can be done to. Images that the actor does not see are left out.

    `known`: what the rules of the act want to know besides the image (`quick` of an export, `cmk_id` of a copy).

    Raises PermissionDenied, with the reason, when nothing but the lack of permission stands in the way of all.
    """
    snapshot = index.current()
    seen = BitMap(ids) & visible_images(actor, snapshot)
    judges = _Projects(actor, kind)
    # before any row is read: who may change none of these is told so at once, however many they are
    _check_may_any(seen, judges, snapshot)
    blockers = Blockers(actor, kind)
    able = BitMap()
    groups: dict[tuple[Violation, int | None], Group] = {}
    often = Counter[str]()
    places: set[int | None] = set()
    compared = _COMPARED.get(kind, ())
    for image, problem, operation in _verdicts(kind, seen, judges, blockers, known or {}):
        if problem is None:
            able.add(image.pk)
            places.add(image.project_id)
            often.update(whole=image.whole_image, encrypted=bool(image.key_id))
            continue
        group = groups.setdefault((problem, operation), Group(problem.message, problem.code, operation))
        group.add(image.name or image.image_id)
    if seen and not able and judges.refused and judges.refused.issuperset(problem for problem, _at in groups):
        raise PermissionDenied(next(iter(groups))[0].message)
    return JudgedSelection(
        kind=kind,
        targets=SelectedTargets(able, judges.projects, compared),
        groups=sorted(groups.values(), key=lambda group: -group.count),
        projects=[judges.projects[place] for place in places],
        whole_images=often["whole"],
        encrypted=often["encrypted"],
        fingerprint=hashlib.sha256(able.to_array().tobytes()).hexdigest()[:32],
        seen=seen,
    )


def _check_may_any(seen: BitMap, judges: "_Projects", snapshot: index.Snapshot) -> None:
    """Raises PermissionDenied when all of these are of projects whose images the actor may only look at."""
    refused = judges.refused_projects
    if not seen or not refused:
        return
    theirs = BitMap.union(*(snapshot.get(*holder_of_project(pk)) for pk in refused))
    if seen.issubset(theirs):
        first = next(pk for pk in refused if snapshot.get(*holder_of_project(pk)).intersect(seen))
        raise PermissionDenied(refusal(Ability.OPERATE, judges.projects[first]))


def verdicts(*, actor: User, kind: ActionKind, ids: Iterable[int]) -> Iterator[tuple[Candidate, Violation | None]]:
    """Each of these images that the actor sees, and why the act cannot be done to it (None: it can)."""
    seen = BitMap(ids) & visible_images(actor, index.current())
    rows = _verdicts(kind, seen, _Projects(actor, kind), Blockers(actor, kind), {})
    return ((image, problem) for image, problem, _operation in rows)


def _verdicts(
    kind: ActionKind, ids: BitMap, judges: "_Projects", blockers: Blockers, known: Mapping[str, Any]
) -> Iterator[tuple[Candidate, Violation | None, int | None]]:
    """With the operation that is in the way, if that is the reason."""
    for image in _candidates(ids, blockers):
        problem, operation = judges.problem_of(image), None
        if problem is None:
            project = judges.projects.get(image.project_id)
            problem, operation = _problem_of(kind, image, project, known, blockers)
        yield image, problem, operation


@dataclass(frozen=True)
class Offer:
    """An act on one image, for its button: `reason` says in words why it cannot be done, "" when it can."""

    kind: ActionKind
    reason: str


def offers_for(*, actor: User, image: Image) -> list[Offer]:
    """The acts of one image; of protecting and lifting the protection the one that changes something."""
    needless = ActionKind.PROTECT if image.protected else ActionKind.UNPROTECT
    refused = refusal_of(actor, image.project) if image.project else None
    kinds = [kind for kind in OFFERED if kind != needless]
    blockers = Blockers(actor, *kinds)
    blockers.learn([image])
    problems = {kind: refused or _problem_of_one(kind, image, blockers) for kind in kinds}
    return [Offer(kind, problem.message if problem else "") for kind, problem in problems.items()]


def why_not(*, actor: User, kind: ActionKind, image: Image) -> str:
    """Why this person cannot do this to the image, in a sentence; "" when they can."""
    problem = refusal_of(actor, image.project) if image.project else None
    if problem is None:
        blockers = Blockers(actor, kind)
        blockers.learn([image])
        problem = _problem_of_one(kind, image, blockers)
    return problem.message if problem else ""


def _problem_of_one(kind: ActionKind, image: Image, blockers: Blockers) -> Violation | None:
    lack = _lack_of(kind, image.project) if image.project else None
    return lack or _problem_of(kind, image, image.project, {}, blockers)[0]


class _Projects:
    """What stands in the way for all images of a project: asked once a project, not once an image."""

    def __init__(self, actor: User, kind: ActionKind) -> None:
        seen = visible_projects(actor).select_related("account", "region")
        self.projects: Mapping[int | None, Project] = {project.pk: project for project in seen}
        self.refused: set[Violation] = set()
        #: Of those in which the person may change nothing.
        self.refused_projects: list[int] = []
        self._problems: dict[int | None, Violation | None] = {}
        operable = set(projects_for(actor, Ability.OPERATE).values_list("pk", flat=True))
        for project in seen:
            problem = _lack_of(kind, project)
            if project.pk not in operable:
                problem = Violation("", refusal(Ability.OPERATE, project))
                self.refused.add(problem)
                self.refused_projects.append(project.pk)
            self._problems[project.pk] = problem

    def problem_of(self, image: Candidate) -> Violation | None:
        """None also for public images, which are no project's: the rules know of them."""
        return self._problems.get(image.project_id)


def refusal_of(actor: User, project: Project) -> Violation | None:
    """Why this person may change nothing in the project; None when they may."""
    return None if can_operate(actor, project) else Violation("", refusal(Ability.OPERATE, project))


def _lack_of(kind: ActionKind, project: Project) -> Violation | None:
    if is_offered(kind, project):
        return None
    sentence = _("%(project)s is served by an OpenStack Glance, which cannot do this.")
    return Violation("", sentence % {"project": project})


def _problem_of(
    kind: ActionKind, image: Image | Candidate, project: Project | None, known: Mapping[str, Any], blockers: Blockers
) -> tuple[Violation | None, int | None]:
    """The rule that the image breaks, or that there is nothing to do; and the operation that is in the way."""
    now = blockers.under_way(image, kind)
    if now and now.kind == ActionKind.DELETE:
        return Violation("", _("The image is being deleted, or its deletion is waiting.")), now.operation
    if kind == ActionKind.EDIT:
        known = {**known, "dialect": of_kind(project.kind if project else ProjectKind.IMS)}
    elif kind == ActionKind.EXPORT:
        known = {**known, "origin": blockers.origin(image)}
    problem = acts_problem_of(kind, image, **known)
    if problem is None and now:
        return acts_problem_of(kind, image, **known, busy=True), now.operation
    return problem or needless(kind, image), None


def needless(kind: ActionKind, image: Image | Candidate) -> Violation | None:
    """Why the act would do nothing, or has no project to do it in."""
    if image.project_id is None:
        return Violation("", _("Public images belong to no project that this could be done in."))
    if kind == ActionKind.PROTECT and image.protected:
        return Violation("", _("The image is protected already."))
    if kind == ActionKind.UNPROTECT and not image.protected:
        return Violation("", _("The image is not protected."))
    return None


def _candidates(ids: BitMap, blockers: Blockers) -> Iterator[Candidate]:
    """`blockers` know of each before it comes."""
    for piece in candidates(ids):
        blockers.learn(piece, of_many=len(ids) > AT_ONCE)
        yield from piece
