"""One act on chosen images: a preview of what it applies to, then the operation."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from images.enums import ActKind
from images.forms.acts import ChoiceForm, ConfirmForm
from images.forms.acts_by_kind import form_for
from images.forms.acts_share import ShareForm
from images.forms.acts_tag import TagForm
from images.models import Operation
from images.selectors import index
from images.selectors.partners import Party, suggested
from images.selectors.tags import keys_in_use, values_in_use
from images.selectors.visibility import visible
from images.services.operations import SubmitRefused, submit
from images.services.operations.consenting import demanded
from images.services.quotas import crowded
from images.services.selection import OFFERED, Judged, judge
from images.views.http import problem
from images.views.list import asked, list_url


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, kind: str) -> HttpResponse:
    """GET, POST without a `key` and POST with `look` preview; any other POST does it. Only a POST has room for all ids.

    The selection is fixed by the preview: when other images match at the confirmation, the preview comes again (409).
    """
    if kind not in OFFERED:
        raise Http404(_("There is no such act."))
    choice = ChoiceForm(request.POST if request.method == "POST" else request.GET)
    if not choice.is_valid():
        return problem(request, 422, title=_("Nothing was done"), text=_("The selection cannot be read."))
    read, matching = asked(request, QueryDict(choice.cleaned_data["query"]))
    everything = choice.cleaned_data["all"]
    if everything and read.problems:
        reasons = "; ".join(f"{one.token}: {one.reason}" for one in read.problems)
        return problem(request, 422, title=_("The search cannot be read"), text=reasons)
    done = _accepted_before(request)
    if done:
        return redirect("images:operation", done.pk)
    form_class = form_for(kind)
    judged = judge(
        actor=request.user,
        kind=ActKind(kind),
        ids=matching.images if everything else choice.ids,
        known=form_class.known(request.POST),
    )
    context = {"judged": judged, "choice": choice, "back": list_url(read.state.query)}
    if not judged.chosen:
        return render(request, "images/acts/nothing.html", context, status=422)
    if "key" in request.POST and "look" not in request.POST:
        return _confirmed(request, form_class, judged, context)
    form = form_class(None, judged, typed=_typed(request, judged))
    return _preview(request, form, context)


def _accepted_before(request: HttpRequest) -> Operation | None:
    """What a form that is sent twice has become already: its images are no longer as they were then."""
    if "key" not in request.POST or "look" in request.POST:
        return None
    return Operation.objects.visible_to(request.user).filter(key=request.POST["key"], actor=request.user).first()


def _typed(request: HttpRequest, judged: Judged) -> QueryDict | None:
    """What stands in the form already: looked at again, or filled in by a link (never of a deletion)."""
    if request.method != "POST":
        return None if judged.kind == ActKind.DELETE else request.GET
    return request.POST if "key" in request.POST else None


def _preview(request: HttpRequest, form: ConfirmForm, context: dict[str, object], status: int = 200) -> HttpResponse:
    if isinstance(form, TagForm):
        context |= _tags_in_use(request.user, form)
    elif isinstance(form, ShareForm):
        context |= {"suggested": _suggested(request.user, form)}
    if form.judged.kind == ActKind.COPY and request.htmx.target != "examples":  # which only shows names again
        context |= {"crowded": crowded(form.judged.wanted)}
    context |= {"form": form, "consent_of": demanded(form.judged.kind, form.judged.projects)}
    return render(request, "images/acts/confirm.html", context, status=status)


def _suggested(user: User, form: ShareForm) -> list[tuple[Party, bool]]:
    """Whom one may tick: those who are ticked already, then those who are called like what stands in the field."""
    ticked = [party for party in form.recipients if party.project_id in form.ticked]
    found = suggested(user, str(form["find"].value() or "").strip())
    return [(party, True) for party in ticked] + [
        (party, False) for party in found if party.project_id not in form.ticked
    ]


def _tags_in_use(user: User, form: TagForm) -> dict[str, object]:
    """What the fields complete from: all keys, and the values of the keys that stand in the form."""
    snapshot = index.current()
    seen = visible(user, snapshot)
    typed = dict.fromkeys(wish.key for _number, wish in form.wishes if wish.key)
    return {
        "tag_keys": keys_in_use(snapshot, seen),
        "tag_values": [pair for key in typed for pair in values_in_use(snapshot, seen, key) if pair[0]],
    }


def _confirmed(
    request: HttpRequest, form_class: type[ConfirmForm], judged: Judged, context: dict[str, object]
) -> HttpResponse:
    if request.POST.get("fingerprint") != judged.fingerprint:
        typed = None if judged.kind == ActKind.DELETE else request.POST  # the number that is typed is typed again
        return _preview(request, form_class(None, judged, typed=typed), context | {"moved": True}, 409)
    form = form_class(request.POST, judged)
    if form.is_valid():
        try:
            operation = submit(
                actor=request.user,
                kind=judged.kind,
                targets=form.targets,
                parameters=form.parameters,
                key=form.cleaned_data["key"],
                request_id=request.request_id,
                projects=judged.projects,
            )
        except SubmitRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Accepted: %(operation)s.") % {"operation": operation})
            return redirect("images:operation", operation.pk)
    return _preview(request, form, context, 422)
