"""The tags of one image: a card on its page, changed in place; without scripts a page of its own."""

import uuid
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.access.permissions import check_can_operate
from images.cache.facets import looked_at
from images.cache.models.image import Image
from images.cache.queries import index
from images.cache.queries.detail import visible_image
from images.cache.queries.dialects import dialect_of
from images.cache.queries.tags import keys_in_use, values_in_use
from images.cache.queries.visibility import visible_images, visible_projects_of
from images.cache.rules.dialects import Dialect
from images.cache.rules.subject import is_own
from images.core.http import key_of, page, wants_partial
from images.core.ids import id_of
from images.core.ims_limits import MAX_TAG_KEY
from images.core.requests import SignedIn
from images.operations.enums import ActionKind
from images.operations.models.operation import Operation
from images.operations.services import SubmitRefused, in_place
from images.operations.services.selection import why_not
from images.search.filters import text
from images.search.views.request import list_url
from images.tags.forms.tag import TagOneForm
from images.tags.queries.image_tags import ImageTags, tags_now
from images.tags.queries.policy import policy_of, policy_words
from images.tags.rules.policy import MISSING, VALUE, Breach, Policy

Context = dict[str, object]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tags(request: SignedIn, pk: int) -> HttpResponse:
    """`?change=KEY` fills the form with that tag, `?add=KEY` with a key that is missing. POST: 422 for what cannot be,
    or was changed by others meanwhile; the typing is kept."""
    image = visible_image(request.user, pk)
    now = tags_now(image)
    if request.method != "POST":
        return _page(
            request,
            image,
            now,
            form_of(image, now, changing=request.GET.get("change", ""), adding=request.GET.get("add", "")),
        )
    _check(request, image)
    form = TagOneForm(request.POST, now.expected, dialect=dialect_of(image.project), policy=policy_of(image.project_id))
    if not form.is_valid():
        return _page(request, image, now, form, status=422)
    try:
        in_place.change(
            actor=request.user,
            kind=ActionKind.TAG,
            image=image,
            parameters=form.found.parameters,
            key=form.cleaned_data["key"],
            request_id=request.request_id,
        )
    except SubmitRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, image, now, form, status=422)
    return _done(request, image)


@login_required
@require_POST
def tags_undo(request: SignedIn, pk: int) -> HttpResponse:
    """Takes one operation's change of this image's tags back."""
    image = visible_image(request.user, pk)
    _check(request, image)
    number = request.POST.get("operation", "")
    known = Operation.objects.visible_to(request.user).filter(kind=ActionKind.TAG)
    operation = get_object_or_404(known, pk=id_of(number))
    try:
        in_place.undo(
            actor=request.user,
            operation=operation,
            image=image,
            key=key_of(request),
            request_id=request.request_id,
        )
    except SubmitRefused as refusal:
        now = tags_now(image)
        form = form_of(image, now)
        return _page(request, image, now, form, status=422, refused=str(refusal))
    return _done(request, image)


def _check(request: SignedIn, image: Image) -> None:
    """Raises PermissionDenied: before anything that was typed is looked at."""
    if image.project is not None:
        check_can_operate(request.user, image.project)


@login_required
@require_safe
def tags_list(request: SignedIn, pk: int) -> HttpResponse:
    """The tags as they are now, for the page that shows them; 204 when it shows them so (`seen`)."""
    image = visible_image(request.user, pk)
    now = tags_now(image)
    if request.GET.get("seen") == now.mark:
        return HttpResponse(status=204)
    return page(request, "tags/tags.html", card_of(request, image, now), partial="now")


@login_required
@require_safe
def tag_words(request: SignedIn) -> HttpResponse:
    """Options for the fields of a tag: keys in use, or with `?tag_key…=` (whatever follows) the values in use. With
    `?project=` first those that its policy asks for."""
    snapshot = index.current()
    seen = visible_images(request.user, snapshot)
    key = next((request.GET.get(name, "") for name in request.GET if name.startswith("tag_key")), "")
    found = values_in_use(snapshot, seen, key) if key else keys_in_use(snapshot, seen)
    words = policy_words(_policy_asked(request), key, found)
    return render(request, "tags/tag_words.html", {"words": [pair for pair in words if pair[0]]})


def _policy_asked(request: SignedIn) -> Policy:
    """Of the project that is named, if this person may see it."""
    named = request.GET.get("project", "")
    return policy_of(next((one.pk for one in visible_projects_of(request.user).projects if str(one.pk) == named), None))


def _done(request: SignedIn, image: Image) -> HttpResponse:
    if not wants_partial(request):
        return redirect("images:tags", image.pk)
    now = tags_now(image)
    return _page(request, image, now, form_of(image, now, focus=True))


def _page(
    request: SignedIn, image: Image, now: ImageTags, form: TagOneForm, status: int = 200, **more: object
) -> HttpResponse:
    context = card_of(request, image, now, form) | more
    return page(request, "tags/tags.html", context, partial="card", status=status)


def form_of(image: Image, now: ImageTags, *, changing: str = "", adding: str = "", focus: bool = False) -> TagOneForm:
    """An empty form, or one filled with the tag that is to change or the key that is missing; then the cursor stands
    in it."""
    known = changing if changing in now.expected else ""
    form = TagOneForm(None, now.expected, dialect=dialect_of(image.project), changing=known)
    if adding and not known:
        form.initial["tag_key"] = known = adding[:MAX_TAG_KEY]
    if known or focus:
        field = "tag_value" if known and "tag_value" in form.fields else "tag_key"
        form.fields[field].widget.attrs["autofocus"] = True
    return form


def card_of(
    request: SignedIn, image: Image, now: ImageTags, form: TagOneForm | None = None, refused: str | None = None
) -> Context:
    """What the card needs to know. `refused`: why the tags cannot be changed, from callers that know it."""
    if refused is None:
        refused = why_not(actor=request.user, kind=ActionKind.TAG, image=image)
    policy = policy_of(image.project_id) if is_own(image) else Policy()
    dialect = dialect_of(image.project)
    return {
        "image": image,
        "tags": now,
        "breaches": [_breach(image, policy, one, now, dialect) for one in policy.breaches(now.expected)],
        "lines": [(line, list_url(urlencode({"q": text.tag(*looked_at(line.key, line.value))}))) for line in now.lines],
        "are_words": dialect.tags_are_words,
        "form": form or form_of(image, now),
        "undo_key": uuid.uuid4().hex,
        "why_not": refused,
        "room": _room(dialect, len(now.expected)),
    }


def _breach(image: Image, policy: Policy, breach: Breach, now: ImageTags, dialect: Dialect) -> Context:
    """What is wrong, and where it is mended; a key that is missing is added, any other tag changed."""
    how, key = ("add", breach.key) if breach.kind == MISSING else ("change", _changed_by(breach, now, dialect))
    url = f"{reverse('images:tags', args=[image.pk])}?{urlencode({how: key})}"
    return {"words": policy.sentence(breach), "url": url, "key": breach.key, "binding": breach.binding}


def _changed_by(breach: Breach, now: ImageTags, dialect: Dialect) -> str:
    """The tag that breaks a rule, as the image has it."""
    value = breach.detail if breach.kind == VALUE else ""
    return next(iter(dialect.having(now.expected, breach.key, value)), breach.key)


def _room(dialect: Dialect, held: int) -> str:
    """How many tags there are of how many; "" where nobody counts."""
    return _("%(n)d of %(most)d") % {"n": held, "most": dialect.most_tags} if dialect.most_tags else ""
