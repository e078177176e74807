"""Tile about the console itself, for its administrators: only what needs to be done."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.clouds.models import Account, Project
from images.core import humanize
from images.core.encryption import SecretUnreadable, decrypt
from images.core.url_cache import cached_url
from images.dashboard.queries import oldest_waiting
from images.dashboard.tables.look import LINES, Content, Line, Reader
from images.system.services.health import parts

#: What is asked for is begun within seconds; after this somebody should look.
_PATIENT = timedelta(minutes=2)


def console(look: Reader) -> Content:
    accounts = list(_accounts())
    own = [*_parts(), *_queue(look)]
    lines = own + accounts[:LINES]  # there may be many accounts, but only few parts: none of them hides another
    return Content(
        lines=lines,
        figure=str(len(own) + len(accounts)) if lines else "",
        tone="bad" if any(line.tone == "bad" for line in lines) else "wait",
        nothing=_("Workers, scheduler, broker, cache and credentials are well."),
        more=_("Accounts & projects"),
        more_url=cached_url("images:accounts"),
    )


def _parts() -> Iterator[Line]:
    for part in parts():
        if part.tone != "good":
            word = part.word or (_("away") if part.tone == "bad" else _("quiet"))
            yield Line(str(part.label), word=word, tone=part.tone, note=f"{part.sentence} {part.measure}".strip())


def _queue(look: Reader) -> Iterator[Line]:
    since = oldest_waiting()
    if since and look.now - since > _PATIENT:
        note = _("Somebody's operation was asked for %(ago)s, and no carrier has begun it.")
        yield Line(_("Queue of operations"), f"{cached_url('images:operations')}?state=waiting", _("waits"), "wait",
                   note % {"ago": humanize.ago(since, look.now)})  # fmt: skip


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
