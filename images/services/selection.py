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

from images import rules
from images.enums import ActKind
from images.facets import holder_of_project
from images.models import Image, Project
from images.permissions import Ability, can_operate, projects_for, refusal
from images.selectors import index
from images.selectors.hindrances import Hindrances
from images.selectors.visibility import visible
from images.services.chosen import AT_ONCE, Candidate, Chosen, candidates
from images.services.operations import is_offered

#: Names of a group that a preview shows.
SHOWN: Final = 5

#: Acts that a selection of images may be put through on one screen.
OFFERED: Final = (
    ActKind.EDIT,
    ActKind.TAG,
    ActKind.PROTECT,
    ActKind.UNPROTECT,
    ActKind.COPY,
    ActKind.EXPORT,
    ActKind.SHARE,
    ActKind.DELETE,
)
#: Columns that the form of an act wants to know of each target.
_COMPARED: Final = {
    ActKind.EDIT: ("description", "min_ram", "firmware", "flags"),
    ActKind.EXPORT: ("disk_format",),
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
class Judged:
    """A selection held against an act: `targets` it can be done to, `groups` of the others, largest first."""

    kind: ActKind
    targets: Chosen
    groups: Sequence[Group]
    #: Projects of the targets.
    projects: Sequence[Project]
    #: Full-ECS images among the targets, whose backups may go with them (6.1.5).
    whole_images: int
    #: Encrypted images among the targets.
    encrypted: int
    #: Moves when other images would be acted upon; a form carries it from the preview to the confirmation.
    fingerprint: str

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


def judge(*, actor: User, kind: ActKind, ids: Iterable[int], known: Mapping[str, Any] | None = None) -> Judged:
    """Which of these images the act can be done to. Images that the actor does not see are left out.

    `known`: what the rules of the act want to know besides the image (`quick` of an export, `cmk_id` of a copy).

    Raises PermissionDenied, with the reason, when nothing but the lack of permission stands in the way of all.
    """
    seen = BitMap(ids) & visible(actor, index.current())
    judges = _Projects(actor, kind)
    hindrances = Hindrances(actor, kind)
    able = BitMap()
    groups: dict[tuple[rules.Broken, int | None], Group] = {}
    often = Counter[str]()
    places: set[int | None] = set()
    compared = _COMPARED.get(kind, ())
    for image, problem, operation in _verdicts(kind, seen, judges, hindrances, known or {}):
        if problem is None:
            able.add(image.pk)
            places.add(image.project_id)
            often.update(whole=image.whole_image, encrypted=bool(image.key_id))
            continue
        group = groups.setdefault((problem, operation), Group(problem.message, problem.code, operation))
        group.add(image.name or image.image_id)
    if seen and not able and judges.refused and judges.refused.issuperset(problem for problem, _at in groups):
        raise PermissionDenied(next(iter(groups))[0].message)
    return Judged(
        kind=kind,
        targets=Chosen(able, judges.projects, compared),
        groups=sorted(groups.values(), key=lambda group: -group.count),
        projects=[judges.projects[place] for place in places],
        whole_images=often["whole"],
        encrypted=often["encrypted"],
        fingerprint=hashlib.sha256(able.to_array().tobytes()).hexdigest()[:32],
    )


def verdicts(*, actor: User, kind: ActKind, ids: Iterable[int]) -> Iterator[tuple[Candidate, rules.Broken | None]]:
    """Each of these images that the actor sees, and why the act cannot be done to it (None: it can)."""
    seen = BitMap(ids) & visible(actor, index.current())
    found = _verdicts(kind, seen, _Projects(actor, kind), Hindrances(actor, kind), {})
    return ((image, problem) for image, problem, _operation in found)


def _verdicts(
    kind: ActKind, ids: BitMap, judges: "_Projects", hindrances: Hindrances, known: Mapping[str, Any]
) -> Iterator[tuple[Candidate, rules.Broken | None, int | None]]:
    """With the operation that is in the way, if that is the reason."""
    for image in _candidates(ids, hindrances):
        problem, operation = judges.problem_of(image), None
        if problem is None:
            project = judges.projects.get(image.project_id)
            problem, operation = _problem_of(kind, image, project, known, hindrances)
        yield image, problem, operation


@dataclass(frozen=True)
class Offer:
    """An act on one image, for its button: `reason` says in words why it cannot be done, "" when it can."""

    kind: ActKind
    reason: str


def offers_for(*, actor: User, image: Image) -> list[Offer]:
    """The acts of one image; of protecting and lifting the protection the one that changes something."""
    needless = ActKind.PROTECT if image.protected else ActKind.UNPROTECT
    refused = refusal_of(actor, image.project) if image.project else None
    kinds = [kind for kind in OFFERED if kind != needless]
    hindrances = Hindrances(actor, *kinds)
    hindrances.learn([image])
    problems = {kind: refused or _problem_of_one(kind, image, hindrances) for kind in kinds}
    return [Offer(kind, problem.message if problem else "") for kind, problem in problems.items()]


def why_not(*, actor: User, kind: ActKind, image: Image) -> str:
    """Why this person cannot do this to the image, in a sentence; "" when they can."""
    problem = refusal_of(actor, image.project) if image.project else None
    if problem is None:
        hindrances = Hindrances(actor, kind)
        hindrances.learn([image])
        problem = _problem_of_one(kind, image, hindrances)
    return problem.message if problem else ""


def _problem_of_one(kind: ActKind, image: Image, hindrances: Hindrances) -> rules.Broken | None:
    lack = _lack_of(kind, image.project) if image.project else None
    return lack or _problem_of(kind, image, image.project, {}, hindrances)[0]


class _Projects:
    """What stands in the way for all images of a project: asked once a project, not once an image."""

    def __init__(self, actor: User, kind: ActKind) -> None:
        seen = Project.objects.visible_to(actor).select_related("account", "region")
        self.projects: Mapping[int | None, Project] = {project.pk: project for project in seen}
        self.refused: set[rules.Broken] = set()
        self._problems: dict[int | None, rules.Broken | None] = {}
        operable = set(projects_for(actor, Ability.OPERATE).values_list("pk", flat=True))
        for project in seen:
            problem = _lack_of(kind, project)
            if project.pk not in operable:
                problem = rules.Broken("", refusal(Ability.OPERATE, project))
                self.refused.add(problem)
            self._problems[project.pk] = problem

    def problem_of(self, image: Candidate) -> rules.Broken | None:
        """None also for public images, which are no project's: the rules know of them."""
        return self._problems.get(image.project_id)


def refusal_of(actor: User, project: Project) -> rules.Broken | None:
    """Why this person may change nothing in the project; None when they may."""
    return None if can_operate(actor, project) else rules.Broken("", refusal(Ability.OPERATE, project))


def _lack_of(kind: ActKind, project: Project) -> rules.Broken | None:
    if is_offered(kind, project):
        return None
    sentence = _("%(project)s is served by an OpenStack Glance, which cannot do this.")
    return rules.Broken("", sentence % {"project": project})


def _problem_of(
    kind: ActKind, image: Image | Candidate, project: Project | None, known: Mapping[str, Any], hindrances: Hindrances
) -> tuple[rules.Broken | None, int | None]:
    """The rule that the image breaks, or that there is nothing to do; and the operation that is in the way."""
    now = hindrances.under_way(image, kind)
    if now and now.kind == ActKind.DELETE:
        return rules.Broken("", _("The image is being deleted, or its deletion is waiting.")), now.operation
    if kind == ActKind.EDIT:
        known = {**known, "native": project is not None and project.is_native}
    elif kind == ActKind.EXPORT:
        known = {**known, "origin": hindrances.origin(image)}
    problem = rules.problem_of(kind, image, **known)
    if problem is None and now:
        return rules.problem_of(kind, image, **known, busy=True), now.operation
    return problem or needless(kind, image), None


def needless(kind: ActKind, image: Image | Candidate) -> rules.Broken | None:
    """Why the act would do nothing, or has no project to do it in."""
    if image.project_id is None:
        return rules.Broken("", _("Public images belong to no project that this could be done in."))
    if kind == ActKind.PROTECT and image.protected:
        return rules.Broken("", _("The image is protected already."))
    if kind == ActKind.UNPROTECT and not image.protected:
        return rules.Broken("", _("The image is not protected."))
    return None


def _candidates(ids: BitMap, hindrances: Hindrances) -> Iterator[Candidate]:
    """`hindrances` know of each before it comes."""
    for piece in candidates(ids):
        hindrances.learn(piece, of_many=len(ids) > AT_ONCE)
        yield from piece
