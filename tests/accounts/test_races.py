"""An account that was read before its lock is read again under it: nobody takes back what another did meanwhile."""

import threading
from dataclasses import replace
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from images.accounts.events import holder_managed
from images.accounts.services import accounts
from images.accounts.services.accounts import AccountRefused, update_account
from images.accounts.services.project_choice import choices, choose_projects
from images.cache.models.image import Image
from images.cache.models.posting import Posting
from images.cache.services import forgetting, publication
from images.clouds.models import Account, Project
from images.clouds.services.connection import connection_of
from images.core.encryption import encrypt
from tests import factories
from tests.clouds.connections import added
from tests.incoming.test_races import until, waits_for_a_lock
from tests.signin.test_races import at_once

pytestmark = pytest.mark.also_on_postgres


on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time by itself"
)


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
