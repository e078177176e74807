"""One act on chosen images: a preview of what it applies to, then the operation."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from images.cache.queries import index
from images.cache.queries.tags import keys_in_use, values_in_use
from images.cache.queries.visibility import visible_images
from images.catalogue.forms.action_forms import form_for
from images.core.http import key_of, problem
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.operations.enums import ActionKind
from images.operations.forms.actions import ChoiceForm, ConfirmForm
from images.operations.models.operation import Operation
from images.operations.services import SubmitRefused, submit
from images.operations.services.consent_demands import demanding_policies
from images.operations.services.selection import OFFERED, JudgedSelection, judge
from images.partners.queries import Party, suggested
from images.quotas.services.headroom import quota_exceeded
from images.search.views.request import list_url, read_request
from images.sharing.forms.share import ShareForm
from images.tags.forms.bulk import TagForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Kind.LOOKS)
def act(request: SignedIn, kind: str) -> HttpResponse:
    """GET, POST without a `key` and POST with `look` preview; any other POST does it. Only a POST has room for all ids.

    The selection is fixed by the preview: when other images match at the confirmation, the preview comes again (409).
    """
    if kind not in OFFERED:
        raise Http404(_("There is no such act."))
    choice = ChoiceForm(request.POST if request.method == "POST" else request.GET)
    if not choice.is_valid():
        return problem(request, 422, title=_("Nothing was done"), text=_("The selection cannot be read."))
    read, matching = read_request(request, QueryDict(choice.cleaned_data["query"]))
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
        kind=ActionKind(kind),
        ids=matching.images if everything else choice.ids,
        known=form_class.known(request.POST),
    )
    context = {"judged": judged, "choice": choice, "back": list_url(read.state.query)}
    if not judged.chosen:
        return render(request, "operations/act_nothing.html", context, status=422)
    if "key" in request.POST and "look" not in request.POST:
        return _confirmed(request, form_class, judged, context)
    form = form_class(None, judged, typed=_typed(request, judged))
    return _preview(request, form, context)


def _accepted_before(request: SignedIn) -> Operation | None:
    """What a form that is sent twice has become already: its images are no longer as they were then."""
    if "key" not in request.POST or "look" in request.POST:
        return None
    return Operation.objects.visible_to(request.user).filter(key=key_of(request), actor=request.user).first()


def _typed(request: SignedIn, judged: JudgedSelection) -> QueryDict | None:
    """What stands in the form already: looked at again, or filled in by a link (never of a deletion)."""
    if request.method != "POST":
        return None if judged.kind == ActionKind.DELETE else request.GET
    return request.POST if "key" in request.POST else None


def _preview(request: SignedIn, form: ConfirmForm, context: dict[str, object], status: int = 200) -> HttpResponse:
    if isinstance(form, TagForm):
        context |= _tags_in_use(request.user, form)
    elif isinstance(form, ShareForm):
        context |= {"suggested": _suggested(request.user, form)}
    if form.judged.kind == ActionKind.COPY and request.htmx.target != "examples":  # which only shows names again
        context |= {"crowded": quota_exceeded(form.judged.wanted)}
    context |= {"form": form, "consent_of": demanding_policies(form.judged.kind, form.judged.projects)}
    return render(request, "operations/act.html", context, status=status)


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
    seen = visible_images(user, snapshot)
    typed = dict.fromkeys(wish.key for _number, wish in form.wishes if wish.key)
    return {
        "tag_keys": keys_in_use(snapshot, seen),
        "tag_values": [pair for key in typed for pair in values_in_use(snapshot, seen, key) if pair[0]],
    }


def _confirmed(
    request: SignedIn, form_class: type[ConfirmForm], judged: JudgedSelection, context: dict[str, object]
) -> HttpResponse:
    if request.POST.get("fingerprint") != judged.fingerprint:
        typed = None if judged.kind == ActionKind.DELETE else request.POST  # the number that is typed is typed again
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
