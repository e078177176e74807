"""Adding, changing, picking, removing: nothing half applied, and never a stored secret at another address."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from pyroaring import BitMap

from images.access.permissions import visible_projects
from images.accounts.services.accounts import AccountRefused, add_account, update_account
from images.accounts.services.project_choice import ChoiceRefused, choices, choose_projects
from images.accounts.services.removal import clear_removed, removal_impact, remove_account
from images.cache.models.image import Image, ImageChange
from images.cache.models.posting import Posting
from images.cache.services.leases import LeaseLost
from images.cache.services.sync import SyncFailed, sync_holder
from images.clouds.models import Account, Project, Region
from images.clouds.services import clients
from images.clouds.services.clients import client_for
from images.clouds.services.connection import Connection, connection_of
from images.clouds.services.discovery import ConnectionRefused
from images.core.encryption import SecretUnreadable
from tests import factories
from tests.clouds.connections import added, by_key, by_password
from tests.clouds.keystone import Keystone


@pytest.fixture
def account(cloud, admin) -> Account:
    return added(cloud, admin)


def keys(account: Account) -> dict[str, str]:
    return {choice.project.name: choice.project.key for choice in choices(account).choices}


def managed(account: Account) -> set[str]:
    return set(account.projects.filter(enabled=True).values_list("name", flat=True))


# --- adding ----------------------------------------------------------------------------------------------------------
def test_added_with_its_secret_encrypted(cloud, admin):
    account = add_account(actor=admin, name="n", connection=by_password(cloud))
    account.refresh_from_db()
    assert by_password(cloud).secret not in account.secret
    assert connection_of(account) == by_password(cloud)
    assert (account.created_by, account.projects.count()) == (admin, 0)


def test_an_access_key_is_kept_without_a_user(cloud, admin):
    account = add_account(actor=admin, name="n", connection=replace(by_key(cloud), username="left over", domain="x"))
    assert (account.username, account.domain, account.access_key) == ("", "", cloud.env["IMS_AK"])


def test_what_fails_leaves_nothing(cloud, admin):
    with pytest.raises(ConnectionRefused):
        add_account(actor=admin, name="n", connection=by_password(cloud, secret="wrong"))
    assert not Account.objects.exists()


def test_a_name_twice_is_refused_before_the_cloud_is_asked(cloud, admin, account):
    cloud.reset_calls()
    with pytest.raises(AccountRefused, match="already") as caught:
        add_account(actor=admin, name="northwind", connection=by_password(cloud))
    assert (caught.value.field, cloud.calls()) == ("name", {})


def test_only_administrators(cloud, viewer, admin):
    account = added(cloud, admin)
    connection = by_password(cloud)
    for act in (
        lambda: add_account(actor=viewer, name="n", connection=connection),
        lambda: update_account(actor=viewer, account=account, name="n", connection=connection),
        lambda: choose_projects(actor=viewer, account=account, picked=[]),
        lambda: remove_account(actor=viewer, account=account),
    ):
        with pytest.raises(PermissionDenied, match="administrators"):
            act()
    assert Account.objects.get().name == "northwind"


# --- changing --------------------------------------------------------------------------------------------------------
def test_an_empty_secret_keeps_the_stored_one(cloud, admin, account):
    update_account(actor=admin, account=account, name="other", connection=by_password(cloud, secret=""))
    account.refresh_from_db()
    assert (account.name, connection_of(account).secret) == ("other", by_password(cloud).secret)


@pytest.mark.parametrize(
    "change",
    [{"auth_url": "http://127.0.0.1:9/v3"}, {"image_endpoint": "http://127.0.0.1:9"}, {"ca_bundle": "x"},
     {"kind": "aksk", "access_key": "AK"}, {"insecure": True}],
)  # fmt: skip
def test_the_stored_secret_goes_nowhere_else(cloud, admin, account, change):
    cloud.reset_calls()
    with pytest.raises(AccountRefused, match="Enter the password") as caught:
        update_account(actor=admin, account=account, name="n", connection=by_password(cloud, secret="", **change))
    assert (caught.value.field, cloud.calls()) == ("secret", {})


def test_a_change_that_fails_changes_nothing(cloud, admin, account):
    with pytest.raises(ConnectionRefused):
        update_account(actor=admin, account=account, name="n", connection=by_password(cloud, secret="wrong"))
    account.refresh_from_db()
    assert (account.name, connection_of(account)) == ("northwind", by_password(cloud))


def test_the_cloud_may_move(cloud, admin):
    """localhost and 127.0.0.1 are two addresses of one sandbox."""
    account = added(cloud, admin, managed=True)
    regions = set(Region.objects.values_list("pk", flat=True))
    moved = by_password(cloud).auth_url.replace("127.0.0.1", "localhost")
    update_account(actor=admin, account=account, name="n", connection=by_password(cloud, auth_url=moved))
    assert set(Region.objects.values_list("pk", flat=True)) == regions
    assert {region.cloud for region in Region.objects.all()} == {moved.removesuffix("/v3")}
    assert {project.endpoint for project in Project.objects.all()} == {moved.removesuffix("/v3")}


def test_it_may_not_move_away_from_under_others(cloud, admin):
    account = added(cloud, admin, managed=True)
    other = added(cloud, admin, "other")
    Project.objects.create(
        account=other, region=Region.objects.first(), project_id="f" * 32, name="x", endpoint="https://x"
    )
    moved = by_password(cloud).auth_url.replace("127.0.0.1", "localhost")
    with pytest.raises(AccountRefused, match="Add a new account"):
        update_account(actor=admin, account=account, name="n", connection=by_password(cloud, auth_url=moved))
    account.refresh_from_db()
    assert account.auth_url == by_password(cloud).auth_url


# --- picking ---------------------------------------------------------------------------------------------------------
def test_picking_makes_projects_and_asks_for_their_first_synchronisation(admin, account):
    done = choose_projects(actor=admin, account=account, picked=[keys(account)["eu-west-0_build"]])
    assert (done.added, done.dropped, managed(account)) == (1, 0, {"eu-west-0_build"})
    project = account.projects.select_related("region").get()
    assert (project.region.name, project.kind, project.wanted, project.region.wanted) == (
        "eu-west-0", "ims", "quick", "quick",
    )  # fmt: skip


def test_picking_again_adds_and_drops_without_losing_rows(admin, account):
    names = keys(account)
    choose_projects(actor=admin, account=account, picked=[names["eu-west-0"], names["eu-west-1"]])
    done = choose_projects(actor=admin, account=account, picked=[names["eu-west-1"], names["eu-west-1_security"]])
    assert (done.added, done.dropped) == (1, 1)
    assert managed(account) == {"eu-west-1", "eu-west-1_security"}
    assert account.projects.count() == 3
    assert choose_projects(actor=admin, account=account, picked=[names["eu-west-0"]]).added == 1
    assert account.projects.count() == 3


def test_what_is_known_needs_no_cloud(cloud, admin, account):
    names = keys(account)
    choose_projects(actor=admin, account=account, picked=names.values())
    cloud.reset_calls()
    choose_projects(actor=admin, account=account, picked=[names["eu-west-0"]])
    assert cloud.calls() == {}


def test_unknown_projects_are_refused_and_nothing_changes(admin, account):
    with pytest.raises(ChoiceRefused, match="not there any more"):
        choose_projects(actor=admin, account=account, picked=[keys(account)["eu-west-0"], "eu-west-0/" + "f" * 32])
    assert not Project.objects.exists()


def test_a_project_is_managed_once(cloud, admin, account):
    name, key = "eu-west-0", keys(account)["eu-west-0"]
    choose_projects(actor=admin, account=account, picked=[key])
    other = added(cloud, admin, "other")
    choice = next(choice for choice in choices(other).choices if choice.project.name == name)
    assert (choice.elsewhere, choice.possible) == ("northwind", False)
    with pytest.raises(ChoiceRefused, match="northwind"):
        choose_projects(actor=admin, account=other, picked=[key])


def test_a_project_stays_in_the_region_in_which_it_is_managed(admin):
    """O12: what an earlier release took for three regions is not offered, and managed, once more in one."""
    with Keystone(regions=[""]) as keystone:
        entered = Connection(auth_url=f"{keystone.url}/v3", username="u", secret="s")
        account = add_account(actor=admin, name="n", connection=entered)
        [choice] = choices(account).choices
        choose_projects(actor=admin, account=account, picked=[choice.project.key])
        Region.objects.update(name="demo")
        assert [one.project.key for one in choices(account).choices if one.managed] == ["demo/" + "a" * 32]
        assert len(choices(account).choices) == 1


def test_a_cloud_that_is_away_leaves_what_is_known(admin, account):
    choose_projects(actor=admin, account=account, picked=[keys(account)["eu-west-0"]])
    Account.objects.update(auth_url="http://127.0.0.1:9/v3")
    account.refresh_from_db()
    found = choices(account)
    assert "refused the connection" in found.problem
    assert [choice.project.name for choice in found.choices] == ["eu-west-0"]


def test_a_secret_that_no_key_opens_is_said(admin, account, settings):
    settings.CREDENTIAL_KEYS = ["lost"]
    assert "CREDENTIAL_KEYS" in choices(account).problem


# --- removing --------------------------------------------------------------------------------------------------------
def test_removal_takes_everything_but_the_history(admin):
    gone = factories.fill(40)[0]
    account = gone.account
    other = factories.account("other")
    stays = Project.objects.filter(name="eu-west-1").first()
    Project.objects.filter(pk=stays.pk).update(account=other)
    factories.put(gone.region, factories.document(1000, "public", visibility="public", __imagetype="gold"))
    factories.put(stays.region, factories.document(1001, "public", visibility="public", __imagetype="gold"))
    gone.region.refresh_from_db()
    kept = set(Image.objects.filter(project=stays).values_list("pk", flat=True))
    history = ImageChange.objects.count()
    burden = removal_impact(account)
    assert (len(burden.projects), [region.name for region in burden.regions]) == (3, ["eu-west-0"])
    assert burden.images == 30 + gone.region.image_count

    remove_account(actor=admin, account=account)
    assert not Account.objects.present().filter(name="northwind").exists()
    assert not visible_projects(admin).filter(account=account).exists()
    assert Account.objects.get(pk=account.pk).secret == ""

    assert clear_removed() == 1
    assert not Account.objects.filter(pk=account.pk).exists()
    assert set(Image.objects.filter(project__isnull=False).values_list("pk", flat=True)) == kept
    assert set(Region.objects.values_list("name", flat=True)) == {"eu-west-1"}
    assert not Image.objects.filter(project=None).exclude(region=stays.region).exists()
    assert Image.objects.filter(project=None).exists()
    _index_is_what_the_tables_say()
    assert ImageChange.objects.count() == history
    assert clear_removed() == 0


def _index_is_what_the_tables_say() -> None:
    from images.cache.services import index

    def held() -> dict:
        rows = Posting.objects.filter(count__gt=0).values_list("field", "value", "count", "bitmap")
        return {(field, value): (count, BitMap.deserialize(bytes(bitmap))) for field, value, count, bitmap in rows}

    before = held()
    index.rebuild()
    assert held() == before


def test_the_name_is_free_again_at_once(cloud, admin, account):
    remove_account(actor=admin, account=account)
    assert added(cloud, admin).name == "northwind"


def test_removing_twice_says_that_it_is_gone(admin, account):
    remove_account(actor=admin, account=account)
    with pytest.raises(Http404, match="removed it meanwhile"):
        remove_account(actor=admin, account=account)


# --- clients ---------------------------------------------------------------------------------------------------------
def test_clients_of_a_project_share_the_token_until_the_credential_changes(cloud, admin):
    account = added(cloud, admin, managed=True)
    project = Project.objects.select_related("account", "region").first()
    cloud.reset_calls()
    for _turn in range(3):
        assert client_for(project).images.raw_page({}, limit=1).items
    assert cloud.calls() == {"3.1": 1, "5.1.1": 3}
    held = clients._sign_ins[account.pk, project.project_id]
    Account.objects.filter(pk=account.pk).update(secret="-")
    project = Project.objects.select_related("account", "region").get(pk=project.pk)
    with pytest.raises(SecretUnreadable):
        client_for(project)
    assert clients._sign_ins[account.pk, project.project_id] is held


def test_clients_with_an_access_key(cloud, admin):
    account = add_account(actor=admin, name="n", connection=by_key(cloud))
    choose_projects(actor=admin, account=account, picked=[keys(account)["eu-west-1"]])
    project = Project.objects.select_related("account", "region").get()
    assert client_for(project).images.raw_page({}, limit=1).items


def test_an_account_has_the_name_that_its_kind_needs(db):
    from django.db import IntegrityError, transaction

    for wrong in (
        {"kind": "aksk", "username": "u"}, {"kind": "password", "access_key": "k"}, {"kind": "other"},
        {"kind": "appcred", "username": "u"}, {"kind": "oidcpass", "username": "u"}, {"kind": "oidcclient"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.create(name="x", auth_url="https://x", secret="-", created_at=timezone.now(), **wrong)


# --- and while it is being synchronised -------------------------------------------------------------------------------
def test_a_secret_that_cannot_be_read_is_a_failure_in_words(cloud, admin, settings):
    added(cloud, admin, managed=True)
    project = Project.objects.select_related("account", "region").first()
    settings.CREDENTIAL_KEYS = ["lost"]
    with pytest.raises(SyncFailed, match="CREDENTIAL_KEYS"):
        sync_holder(project)
    project.refresh_from_db()
    assert "CREDENTIAL_KEYS" in project.error
    assert not project.lease_owner


def test_removed_in_the_middle_of_a_synchronisation(cloud, admin):
    account = added(cloud, admin, managed=True)
    project = Project.objects.select_related("account", "region").first()

    def remove(_read: int) -> None:
        if Account.objects.filter(pk=account.pk, removed_at=None).exists():
            remove_account(actor=admin, account=account)
            clear_removed()

    with pytest.raises(LeaseLost):
        sync_holder(project, progress=remove)
    assert not Image.objects.exists()
    assert not Project.objects.exists()
