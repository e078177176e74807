"""Tag policies: what each project asks, which images break it and how they are mended, and changing it."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from images.access.permissions import visible_projects
from images.audit.queries import entries_about
from images.cache.queries import index
from images.cache.queries.tags import keys_in_use
from images.cache.queries.visibility import VisibleProjects, visible_projects_of
from images.cache.tables.labels import label_of
from images.clouds.models import Project
from images.core.http import page
from images.core.ids import id_of
from images.core.requests import SignedIn
from images.core.url_cache import cached_url
from images.operations.enums import ActionKind
from images.search.filters import text
from images.search.queries.vocabulary import Vocabulary
from images.search.views.request import list_url
from images.tags.audit_events import TagPolicyEvent
from images.tags.forms.policy import PolicyForm, rules_in_words
from images.tags.models.policy import TagPolicy
from images.tags.queries.policy import Breaches, own_images, policies_in, policy_statuses_in, preview
from images.tags.rules.policy import Breach, Policy, asks, remedy
from images.tags.services import policy as service
from images.tags.services.policy import ChangedMeanwhile, WantedPolicy
from images.tags.tables.policy_history import PolicyChange, policy_change
from images.tags.tables.tabs import tag_tabs

Context = dict[str, object]
#: Changes shown on the page of a policy; the audit has all.
_SHOWN = 20


@login_required
@require_safe
def tag_policies(request: SignedIn) -> HttpResponse:
    """All projects with what they ask and how many images break it, and the default."""
    snapshot, scope = index.current(), visible_projects_of(request.user)
    labels = Vocabulary(snapshot, scope).labels
    known = policies_in(snapshot)
    found = {one.project: one for one in policy_statuses_in(snapshot, [one.pk for one in scope.projects])}
    lines = [
        {"label": labels[one.pk], "region": one.region, "url": _url(one.pk), "standing": found.get(one.pk),
         "images": _images_url(labels[one.pk], "policy:broken"), "own": one.pk in known.own}
        for one in sorted(scope.projects, key=lambda one: -(found[one.pk].broken if one.pk in found else -1))
    ]  # fmt: skip
    context = {
        "tabs": tag_tabs("policy"),
        "lines": lines,
        "default": known.default,
        "default_url": _url(None),
        "broken": sum(one.broken for one in found.values()),
        "every": list_url(_query("policy:broken")),
    }
    return render(request, "tags/tag_policies.html", context)


@dataclass(frozen=True)
class _Place:
    """A policy's place: a project, or (None) all that this person sees."""

    project: Project | None
    scope: VisibleProjects

    @property
    def projects(self) -> list[int]:
        return [self.project.pk] if self.project else [one.pk for one in self.scope.projects]


def _place_of(request: SignedIn, where: str) -> _Place:
    """`all`, or the primary key of a project that this person may see; anything else is not there."""
    scope = visible_projects_of(request.user)
    if where == "all":
        return _Place(None, scope)
    project = visible_projects(request.user).select_related("region").filter(pk=id_of(where)).first()
    if project is None:
        raise Http404(_("There is no such project."))
    return _Place(project, scope)


@login_required
@require_safe
def tag_policy(request: SignedIn, where: str) -> HttpResponse:
    """What holds, what breaks it with the way to mend it, and who changed it."""
    here = _place_of(request, where)
    snapshot = index.current()
    known = policies_in(snapshot)
    policy = known.of(here.project.pk) if here.project else Policy(known.default)
    (standing,) = policy_statuses_in(snapshot, here.projects) if here.project and policy else (None,)
    context = _frame(here) | {
        "why_not": _why_not(request, here.project),
        "rules": [(one, words, asks(one.rule)) for one, words in rules_in_words(policy.held)],
        "standing": standing,
        "findings": [_finding(here, policy, one.breach, len(one.images)) for one in standing.findings]
        if standing else [],
        "broken_url": _images_url(_label(here), "policy:broken") if here.project else "",
        "may_mend": any(one.operable for one in here.scope.projects if here.project and one.pk == here.project.pk),
        "history": _history(here.project),
    }  # fmt: skip
    return render(request, "tags/tag_policy.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tag_policy_change(request: SignedIn, where: str) -> HttpResponse:
    """POST with `save` saves; any other shows the form again with what the images would break of it (`more`: with one
    more row). 409 when somebody else saved meanwhile; what was typed stays."""
    here = _place_of(request, where)
    service.check_can_change(request.user, here.project)
    row = TagPolicy.objects.filter(project=here.project).first()
    now = service.saved(row) if row else WantedPolicy(())
    data = request.POST if request.method == "POST" else None
    form = PolicyForm(data, now, of_all=here.project is None, more="more" in request.POST)
    if "save" not in request.POST:
        return _form(request, here, form)
    if not form.is_valid():
        return _form(request, here, form, status=422)
    try:
        service.save(actor=request.user, project=here.project, wanted=form.wanted)
    except ChangedMeanwhile as told_:
        form.add_error(None, str(told_))
        return _form(request, here, form, status=409)
    messages.success(request, _("The policy was saved."))
    return redirect("images:tag_policy", where)


def _form(request: SignedIn, here: _Place, form: PolicyForm, status: int = 200) -> HttpResponse:
    snapshot = index.current()
    if "more" in request.POST:
        form.fields[f"key_{form.number - 1}"].widget.attrs["autofocus"] = True
    context = _frame(here) | {
        "form": form,
        "checked": status != 200,
        "tag_keys": keys_in_use(snapshot, here.scope.images(snapshot)),
        "preview": _preview(snapshot, here, form),
    }
    partial = "preview" if status == 200 and "more" not in request.POST else None
    return page(request, "tags/tag_policy_change.html", context, partial=partial, status=status)


def _preview(snapshot: index.Snapshot, here: _Place, form: PolicyForm) -> Context:
    """How many images would break it, and of what; beside it how many do now."""
    known = policies_in(snapshot)
    if here.project:
        pk = here.project.pk
        apart = known.apart - {pk} if form.draft_inherits else known.apart | {pk}
        draft = replace(known, own={**known.own, pk: form.draft}, apart=apart)
    else:
        draft = replace(known, default=form.draft)
    published = [pk for pk in here.projects if own_images(snapshot, pk)]
    then = preview(snapshot, {pk: draft.of(pk) for pk in published})
    now = preview(snapshot, {pk: known.of(pk) for pk in published})
    return {
        "broken": len(then.broken),
        "before": len(now.broken),
        "images": sum(len(own_images(snapshot, pk)) for pk in published),
        "lines": _counted(then),
    }


def _counted(found: Breaches) -> list[tuple[str, int]]:
    """What is broken in words, with the number of images, largest first."""
    lines = [(label_of("policy", name), len(images)) for name, images in found.by_name.items()]
    return sorted(lines, key=lambda line: -line[1])


def _finding(here: _Place, policy: Policy, breach: Breach, number: int) -> Context:
    """One kind of breach: `images` lists those that have it, `mend` is the form of tags with the step filled in."""
    query = f"project:{text.value(_label(here))} policy:{text.value(breach.name)}"
    steps = urlencode({"all": "on", "query": _query(query), **remedy(breach, policy)})
    return {
        "words": label_of("policy", breach.name),
        "breach": breach,
        "number": number,
        "images": list_url(_query(query)),
        "mend": f"{cached_url('images:act', ActionKind.TAG.value)}?{steps}",
        "asks": policy.sentence(breach),
    }


def _frame(here: _Place) -> Context:
    return {
        "project": here.project,
        "name": _label(here) if here.project else _("all projects"),
        "url": _url(here.project.pk if here.project else None),
        "change_url": reverse("images:tag_policy_change", args=[_where(here.project.pk if here.project else None)]),
    }


def _label(here: _Place) -> str:
    """The project as the query language names it."""
    return Vocabulary(index.current(), here.scope).labels[here.project.pk] if here.project else ""


def _history(project: Project | None) -> list[PolicyChange]:
    subject = service.subject_of(project)
    entries = entries_about(subject.kind, subject.ref, TagPolicyEvent.CHANGED)[:_SHOWN]
    return [policy_change(one.at, one.actor_name, one.before or {}, one.after or {}) for one in entries]


def _why_not(request: SignedIn, project: Project | None) -> str:
    """Why this person may not change the policy, in a sentence; "" when they may."""
    try:
        service.check_can_change(request.user, project)
    except PermissionDenied as refusal:
        return str(refusal)
    return ""


def _where(pk: int | None) -> str:
    return "all" if pk is None else str(pk)


def _url(pk: int | None) -> str:
    return reverse("images:tag_policy", args=[_where(pk)])


def _query(query: str) -> str:
    return urlencode({"q": query})


def _images_url(label: str, condition: str) -> str:
    return list_url(_query(f"project:{text.value(label)} {condition}"))
