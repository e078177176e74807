"""What people say about a share without deciding: comments, questions, and whose it is."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from images.access.permissions import Ability, can, can_decide, check_can_decide, refusal
from images.core import clock
from images.incoming.enums import ShareEventKind, ShareState
from images.incoming.models import IncomingShare
from images.incoming.services import states
from images.incoming.services.states import locked
from images.incoming.services.story import Line, write_story


def comment(*, actor: User, share: IncomingShare, text: str) -> None:
    """A remark; to a question it is the answer, and the share waits for votes again. Raises PermissionDenied."""
    if not (can_decide(actor, share.project) or can(actor, Ability.OPERATE, share.project)):
        raise PermissionDenied(refusal(Ability.DECIDE, share.project))
    _say(actor, share, ShareEventKind.COMMENTED, text, to=ShareState.PENDING)


def ask(*, actor: User, share: IncomingShare, text: str) -> bool:
    """More is to be known before anybody votes; False: it is decided already. Raises PermissionDenied."""
    check_can_decide(actor, share.project)
    return _say(actor, share, ShareEventKind.ASKED, text, to=ShareState.ASKED, only_open=True)


def assign(*, actor: User, share: IncomingShare, to: User | None) -> None:
    """Whose it is to look at; None: nobody's. Whoever may decide may be named. Raises PermissionDenied."""
    check_can_decide(actor, share.project)
    if to is not None:
        check_can_decide(to, share.project)
    with transaction.atomic():
        if not IncomingShare.objects.filter(pk=share.pk).exclude(assigned_to=to).update(assigned_to=to) and to:
            return
        text = _("to %(who)s") % {"who": to.get_username()} if to else _("to nobody")
        write_story([Line(share, ShareEventKind.ASSIGNED, clock.now(), actor, text)])


def _say(
    actor: User, share: IncomingShare, kind: ShareEventKind, text: str, *, to: ShareState, only_open: bool = False
) -> bool:
    with transaction.atomic():
        held = locked(share.project, [share.pk])
        if only_open and not all(one.is_open for one in held):
            return False
        for one in held:
            if one.is_open and one.state != to:
                states.move(one, to)
        states.save(held)
        write_story(Line(one, kind, clock.now(), actor, text.strip()) for one in held)
    return bool(held)
