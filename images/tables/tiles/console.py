"""Tile about the console itself, for its administrators: only what needs to be done."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images import words
from images.models import Account, Project
from images.places import place
from images.selectors.attention import oldest_waiting
from images.services.credentials import SecretUnreadable, decrypt
from images.services.standing import parts
from images.tables.tiles.look import LINES, Content, Line, Look

#: What is asked for is begun within seconds; after this somebody should look.
_PATIENT = timedelta(minutes=2)


def console(look: Look) -> Content:
    lines = [*_parts(), *_queue(look), *_accounts()]
    return Content(
        lines=lines[:LINES],
        figure=str(len(lines)) if lines else "",
        tone="bad" if any(line.tone == "bad" for line in lines) else "wait",
        nothing=_("Workers, scheduler, broker, cache and credentials are well."),
        more=_("Accounts & projects"),
        more_url=place("images:accounts"),
    )


def _parts() -> Iterator[Line]:
    for part in parts():
        if part.tone != "good":
            word = _("away") if part.tone == "bad" else _("quiet")
            yield Line(str(part.label), word=word, tone=part.tone, note=f"{part.sentence} {part.measure}".strip())


def _queue(look: Look) -> Iterator[Line]:
    since = oldest_waiting()
    if since and look.now - since > _PATIENT:
        note = _("Somebody's operation was asked for %(ago)s, and no carrier has begun it.")
        yield Line(_("Queue of operations"), f"{place('images:operations')}?state=waiting", _("waits"), "wait",
                   note % {"ago": words.ago(since, look.now)})  # fmt: skip


def _accounts() -> Iterator[Line]:
    """Credentials that no key opens, and accounts whose projects all fail: a password that ran out looks like that."""
    failing: dict[int, list[str]] = {}
    for account, error in Project.objects.managed().order_by("account", "pk").values_list("account", "error"):
        failing.setdefault(account, []).append(error)
    for pk, name, secret in Account.objects.present().values_list("pk", "name", "secret"):
        url = reverse("images:account_change", args=[pk])
        try:
            decrypt(secret)
        except SecretUnreadable as error:
            yield Line(name, url, _("unreadable"), "bad", str(error))
            continue
        errors = failing.get(pk, [])
        if errors and all(errors):
            count = ngettext("%(n)d project fails", "all %(n)d projects fail", len(errors)) % {"n": len(errors)}
            yield Line(name, url, _("failing"), "bad", f"{count}: {errors[0]}")
