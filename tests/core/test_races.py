"""What was removed meanwhile is said to be gone, in each room, and its removal is told once."""

from functools import partial

import pytest
from django.http import Http404

from images.access.enums import Role
from images.audit.models import AuditEntry
from images.notices.services.webhooks import changing
from images.partners import services as partners
from images.partners.models import Partner
from images.people.services import teams
from images.search import services as catalogue
from images.search.models import SavedView
from tests import factories

pytestmark = pytest.mark.also_on_postgres


def partner(**more) -> Partner:
    return Partner.objects.create(project_id="a" * 32, name="them", organisation="o", **more)


def test_what_is_gone_is_said_to_be_gone_and_told_once(admin):
    factories.project()
    view = SavedView.objects.create(owner=admin, name="v", query="q=a", shared=True)
    team = teams.add_team(actor=admin, name="t")
    given = teams.grant(actor=admin, team=team, role=Role.VIEWER, project=None)
    hook = changing.add(actor=admin, project=None, name="h", url="https://example.org/", kinds=[], active=True)
    acts = [
        (partial(catalogue.delete_view, view), "view.removed"),
        (partial(teams.revoke, actor=admin, given=given), "role.revoked"),
        (partial(teams.remove_team, actor=admin, team=team), "team.removed"),
        (partial(changing.remove, actor=admin, webhook=hook), "webhook.removed"),
        (partial(partners.remove, actor=admin, partner=partner()), "partner.removed"),
    ]
    pks = [(act, act.keywords, [(row, row.pk) for row in [*act.args, *act.keywords.values()]]) for act, _event in acts]
    for act, event in acts:
        act()
        for row, pk in [pair for _act, _words, pairs in pks for pair in pairs]:
            row.pk = pk  # as the second of two requests has read it
        with pytest.raises(Http404):
            act()
        assert AuditEntry.objects.filter(event=event).count() == 1
    with pytest.raises(Http404):
        catalogue.change_view(view, name="w", shared=True)
