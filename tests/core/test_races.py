"""What was read before its lock is read again under it: of two at the same moment, in real transactions, neither takes
back what the other has done."""

import threading
from dataclasses import replace
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404
from django.utils import timezone

from images.access.enums import Role
from images.accounts.events import holder_managed
from images.accounts.services import accounts
from images.accounts.services.accounts import AccountRefused, connection_of, update_account
from images.accounts.services.project_choice import choices, choose_projects
from images.audit.models import AuditEntry
from images.cache.models.image import Image
from images.cache.models.posting import Posting
from images.cache.services import forgetting, publication
from images.clouds.models import Account, Project
from images.core.encryption import encrypt
from images.notices.models import Notice, Webhook
from images.notices.services.webhooks import changing, posting
from images.partners import services as partners
from images.partners.enums import Trust
from images.partners.models import Partner
from images.people.services import teams
from images.search import services as catalogue
from images.search.models import SavedView
from images.signin.services import openid
from tests import factories
from tests.clouds.connections import added
from tests.conftest import person
from tests.incoming.test_races import until, waits_for_a_lock
from tests.signin.test_races import at_once

pytestmark = pytest.mark.also_on_postgres

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time by itself"
)


# --- read before a call or a form, written after it -------------------------------------------------------------------
def test_a_secret_that_was_changed_while_the_cloud_was_asked_is_not_taken_back(cloud, admin, monkeypatch):
    account = added(cloud, admin)
    ask = accounts.discover

    def slow(asked):
        found = ask(asked)
        Account.objects.filter(pk=account.pk).update(secret=encrypt("the new one"))  # another administrator, meanwhile
        return found

    monkeypatch.setattr(accounts, "discover", slow)
    with pytest.raises(AccountRefused, match="Somebody else changed this account meanwhile"):
        update_account(
            actor=admin, account=account, name="other", connection=replace(connection_of(account), secret="")
        )
    now = Account.objects.get(pk=account.pk)
    assert (now.name, connection_of(now).secret) == ("northwind", "the new one")


def partner(**more) -> Partner:
    return Partner.objects.create(project_id="a" * 32, name="them", organisation="o", **more)


def test_an_entry_that_was_barred_meanwhile_is_not_removed_by_whoever_may_not(db):
    factories.project()
    operator = person("operates", Role.OPERATOR)
    seen = partner()
    Partner.objects.filter(pk=seen.pk).update(trust=Trust.BARRED)
    with pytest.raises(PermissionDenied, match="whom we bar"):
        partners.remove(actor=operator, partner=seen)
    assert Partner.objects.get().trust == Trust.BARRED


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


def test_a_view_shared_in_two_tabs_is_told_once(admin):
    view = SavedView.objects.create(owner=admin, name="v", query="q=a")
    one, two = SavedView.objects.get(), SavedView.objects.get()
    for tab in (one, two):
        assert catalogue.change_view(tab, name="v", shared=True).shared
    assert AuditEntry.objects.filter(event="view.shared", subject_ref=str(view.pk)).count() == 1


def test_somebody_made_a_superuser_by_hand_meanwhile_keeps_it(admin):
    user = person("comes", is_staff=True)
    type(user).objects.filter(pk=user.pk).update(is_superuser=True)
    assert not openid._set_staff(user, staff=False)
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, True)


def test_failures_of_an_address_that_was_changed_meanwhile_do_not_count(admin):
    hook = changing.add(actor=admin, project=None, name="h", url="https://example.org/", kinds=[], active=True)
    seen = Webhook.objects.get()
    changing.change(actor=admin, webhook=hook, name="h", url="https://example.org/new", kinds=[], active=True)
    posting._failed(seen, timezone.timedelta(minutes=5))
    now = Webhook.objects.get()
    assert (now.failures, now.resting_until) == (0, None)


# --- at the same moment -----------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@on_postgresql
def test_failures_at_once_tell_people_once():
    admin = person("admin", is_staff=True)
    hook = changing.add(actor=admin, project=None, name="h", url="https://example.org/", kinds=[], active=True)
    for _round in range(5):
        Notice.objects.all().delete()
        Webhook.objects.update(failures=posting.TOLD_AFTER - 2)
        raised = at_once(*[partial(posting._failed, hook, timezone.timedelta(0)) for _one in range(5)])
        assert raised == [None] * 5
        assert Notice.objects.filter(kind="webhook").count() == 1


@pytest.mark.django_db(transaction=True)
@on_postgresql
def test_what_is_published_while_its_account_is_removed_leaves_the_index():
    """A synchronisation publishes for the first time while the removal waits for the project's lock."""
    project = factories.project()
    factories.put(project, *(factories.document(n, project.project_id) for n in range(1, 4)))
    Project.objects.filter(pk=project.pk).update(published_at=None)
    seen, locked, release = Project.objects.get(pk=project.pk), threading.Event(), threading.Event()

    def publish() -> None:
        with transaction.atomic():
            publication.lock(project)
            locked.set()
            assert release.wait(60)
            Project.objects.filter(pk=project.pk).update(published_at=timezone.now())

    def remove() -> None:
        assert locked.wait(60)
        forgetting.forget_images(seen)

    def let_go() -> None:
        met = until(waits_for_a_lock)
        release.set()
        assert met, "they never met"

    assert at_once(publish, remove, let_go) == [None] * 3
    assert not Image.objects.exists()
    assert not Posting.objects.filter(count__gt=0).exists()


@pytest.mark.django_db(transaction=True)
@on_postgresql
def test_one_project_is_picked_through_one_of_two_accounts(cloud, admin, monkeypatch):
    first, second = added(cloud, admin, managed=True), added(cloud, admin, name="twin")
    [key] = [one.project.key for one in choices(first).choices if one.project.name == "eu-west-0_build"]
    Project.objects.all().delete()  # its regions stay
    monkeypatch.setattr(holder_managed, "send", lambda **_more: until(waits_for_a_lock))  # in the transaction
    raised = at_once(*[partial(choose_projects, actor=admin, account=one, picked=[key]) for one in (first, second)])
    assert sorted(type(one).__name__ for one in raised) == ["ChoiceRefused", "NoneType"]
    assert Project.objects.managed().count() == 1
