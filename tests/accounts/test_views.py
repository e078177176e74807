"""Accounts in the browser: each step has a URL, works without JavaScript, and keeps the typing but not the secret."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from images.clouds.models import Account, Project, Region
from tests import factories
from tests.clouds.connections import added, as_entered, by_key, by_password

ADD = "/clouds/add/"
PAGES = "/clouds/"


def text_of(response) -> str:
    return response.content.decode()


# --- adding, in two steps --------------------------------------------------------------------------------------------
def test_from_nothing_to_managed_projects(as_admin, cloud):
    assert "No accounts yet" in text_of(as_admin.get(PAGES))
    assert as_admin.get(ADD).status_code == 200
    first = as_admin.post(ADD, as_entered(by_password(cloud)))
    account = Account.objects.get()
    assert (first.status_code, first.url) == (302, f"/clouds/{account.pk}/projects/")
    page = text_of(as_admin.get(first.url))
    assert "Step 2 of 2" in page
    keys = re.findall(r'name="project" value="([^"]+)"[^>]* checked', page)
    assert len(keys) == 4
    second = as_admin.post(first.url, {"project": keys[:2]}, follow=True)
    assert second.redirect_chain == [(PAGES, 302)]
    assert "2 more projects are managed now." in text_of(second)
    assert Project.objects.managed().count() == 2


def test_by_access_key(as_admin, cloud):
    assert as_admin.post(ADD, as_entered(by_key(cloud))).status_code == 302
    assert Account.objects.get().access_key == cloud.env["IMS_AK"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"secret": "wrong-7"}, "secret", "does not accept this sign-in"),
        ({"auth_url": "http://127.0.0.1:9"}, "auth_url", "refused the connection"),
        ({"auth_url": "http://example.com"}, "auth_url", "in the clear"),
        ({"auth_url": "nonsense"}, "auth_url", "is not an address"),
        ({"ca_bundle": "nonsense"}, "ca_bundle", "There is no certificate in it"),
        ({"region_name": "mars"}, "region_name", "in region mars"),
        ({"name": ""}, "name", "This field is required"),
        ({"username": ""}, "username", "This field is required"),
        ({"kind": "aksk"}, "access_key", "This field is required"),
        ({"kind": "nonsense"}, "kind", "Select a valid choice"),
        ({"service": "nonsense"}, "service", "Select a valid choice"),
        ({"name": "n" * 101}, "name", "at most 100 characters"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_typing_is_kept(as_admin, cloud, changes, field, words):
    entered = as_entered(by_password(cloud), **changes)
    response = as_admin.post(ADD, entered)
    page = text_of(response)
    assert response.status_code == 422
    assert words in re.search(rf'id="id_{field}_error">.*?</div>', page, re.DOTALL)[0]
    assert 'id="error-summary"' in page
    for kept in ("name", "auth_url", "username", "domain"):
        assert not entered[kept] or f'value="{entered[kept]}"' in page
    assert entered["secret"] not in page
    assert not Account.objects.exists()


@pytest.mark.parametrize("kind", ["password", "aksk"])
def test_what_one_way_of_signing_in_needs_is_never_called_optional(as_admin, kind):
    for page in (text_of(as_admin.get(ADD)), text_of(as_admin.post(ADD, {"kind": kind, "name": "n"}))):
        for name, words in (
            ("username", "Needed to sign in by user"),
            ("access_key", "Needed to sign in by access key"),
        ):
            field = re.search(rf'<label [^>]*for="id_{name}">.*?id="id_{name}_helptext">[^<]*<', page, re.DOTALL)[0]
            assert words in field
            assert "(optional)" not in field
            assert " required" in field


def test_a_name_that_is_taken(as_admin, admin, cloud):
    added(cloud, admin)
    response = as_admin.post(ADD, as_entered(by_password(cloud)))
    assert response.status_code == 422
    assert "There is an account called “northwind” already" in text_of(response)


def test_html_in_what_is_entered_is_text(as_admin, cloud):
    page = text_of(as_admin.post(ADD, as_entered(by_password(cloud), username="<script>x</script>", secret="x")))
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


# --- changing --------------------------------------------------------------------------------------------------------
def test_changing_keeps_the_secret_and_never_shows_it(as_admin, admin, cloud):
    account = added(cloud, admin)
    url = reverse("images:account_change", args=[account.pk])
    page = text_of(as_admin.get(url))
    assert 'value="image-admin"' in page
    assert cloud.env["IMS_PASSWORD"] not in page
    assert account.secret not in page
    response = as_admin.post(url, as_entered(by_password(cloud, secret=""), name="renamed"), follow=True)
    assert "Changed “renamed”" in text_of(response)
    assert Account.objects.get().name == "renamed"


def test_a_new_address_wants_the_secret_again(as_admin, admin, cloud):
    account = added(cloud, admin)
    entered = as_entered(by_password(cloud, secret="", auth_url="http://127.0.0.1:9/v3"))
    response = as_admin.post(reverse("images:account_change", args=[account.pk]), entered)
    assert response.status_code == 422
    assert "Enter the password or secret key again" in text_of(response)


# --- picking ---------------------------------------------------------------------------------------------------------
def test_a_cloud_that_is_away_is_said_and_the_page_still_works(as_admin, admin, cloud):
    account = added(cloud, admin, managed=True)
    Account.objects.update(auth_url="http://127.0.0.1:9/v3")
    url = reverse("images:account_pick", args=[account.pk])
    page = text_of(as_admin.get(url))
    assert "refused the connection" in page
    assert page.count(" checked") == 4
    key = re.findall(r'name="project" value="([^"]+)"', page)[0]
    assert as_admin.post(url, {"project": [key]}).status_code == 302
    assert Project.objects.managed().count() == 1


def test_a_project_that_is_not_there(as_admin, admin, cloud):
    account = added(cloud, admin)
    url = reverse("images:account_pick", args=[account.pk])
    response = as_admin.post(url, {"project": ["eu-west-0/" + "f" * 32]})
    assert response.status_code == 422
    assert "is not there any more" in text_of(response)
    assert not Project.objects.exists()


def test_nothing_picked_is_a_choice_too(as_admin, admin, cloud):
    account = added(cloud, admin, managed=True)
    response = as_admin.post(reverse("images:account_pick", args=[account.pk]), {}, follow=True)
    assert "4 projects are no longer managed." in text_of(response)


def test_managed_elsewhere_cannot_be_ticked(as_admin, admin, cloud):
    added(cloud, admin, managed=True)
    other = added(cloud, admin, "other")
    page = text_of(as_admin.get(reverse("images:account_pick", args=[other.pk])))
    assert page.count("Managed through the account “northwind” already.") == 4
    assert page.count(" disabled") == 4


# --- removing --------------------------------------------------------------------------------------------------------
def test_removing_says_first_what_goes(as_admin, admin):
    project = factories.fill(20)[0]
    url = reverse("images:account_remove", args=[project.account_id])
    page = text_of(as_admin.get(url))
    assert "4 projects:" in page
    assert "the stored credential" in page
    assert Account.objects.present().exists()
    after = as_admin.post(url, follow=True)
    assert "Removed “northwind”" in text_of(after)
    assert "No accounts yet" in text_of(after)
    assert as_admin.get(url).status_code == 404


# --- the page of all -------------------------------------------------------------------------------------------------
@pytest.fixture
def four(db) -> list[Project]:
    return factories.fill(20)


def state_of(page: str, project: Project) -> str:
    return re.sub(r"<[^>]+>", " ", re.search(rf'id="state-p{project.pk}".*?</td>', page, re.DOTALL)[0])


def test_freshness_in_words(as_admin, four):
    now = timezone.now()
    fresh, working, failing, waiting = four
    Project.objects.filter(pk=fresh.pk).update(synced_at=now - timedelta(seconds=12))
    Project.objects.filter(pk=working.pk).update(lease_until=now + timedelta(minutes=1), progress=45, image_count=100)
    Project.objects.filter(pk=failing.pk).update(
        synced_at=now - timedelta(hours=3), contact_at=now - timedelta(minutes=5),
        error="The <service> did not answer.", error_at=now,
    )  # fmt: skip
    Project.objects.filter(pk=waiting.pk).update(wanted="full")
    page = text_of(as_admin.get(PAGES))
    assert "synchronised 12 seconds ago" in state_of(page, fresh)
    assert "synchronising" in state_of(page, working)
    assert "45 %" in state_of(page, working)
    assert "last synchronised 3 hours ago" in state_of(page, failing)
    assert "The &lt;service&gt; did not answer." in state_of(page, failing)
    assert "5 minutes ago" in state_of(page, failing)
    assert "waiting for a worker" in state_of(page, waiting)
    assert 'data-poll="2"' in page


def test_the_first_synchronisation_and_a_failed_one(as_admin, four):
    first, never = four[:2]
    until = timezone.now() + timedelta(minutes=1)
    Project.objects.filter(pk=first.pk).update(published_at=None, synced_at=None, lease_until=until, progress=4500)
    Project.objects.filter(pk=never.pk).update(
        published_at=None, synced_at=None, contact_at=None, error="Unknown host.", error_at=timezone.now()
    )
    page = text_of(as_admin.get(PAGES))
    assert "first synchronisation, 4,500 images so far" in state_of(page, first)
    assert "never synchronised yet" in state_of(page, never)
    assert "Never answered yet." in state_of(page, never)


def test_counts_lead_to_the_list(as_viewer, four):
    page = text_of(as_viewer.get(PAGES))
    assert '<a href="/images/?q=project%3Aeu-west-0_build">' in page
    assert "Public images" in page


def test_everybody_sees_managed_projects_and_only_administrators_the_rest(as_viewer, as_admin, four):
    hidden = four[0]
    Project.objects.filter(pk=hidden.pk).update(enabled=False)
    for client, sees in ((as_viewer, False), (as_admin, True)):
        page = text_of(client.get(PAGES))
        assert (hidden.project_id in page) is sees
        assert ("not managed" in page) is sees
        assert ("Pick projects" in page) is sees
        assert ('href="/clouds/add/"' in page) is sees


def test_an_account_without_projects_is_for_administrators(as_viewer, as_admin, db):
    factories.account("deserted")
    assert "deserted" not in text_of(as_viewer.get(PAGES))
    assert "No projects are managed yet." in text_of(as_admin.get(PAGES))


def test_the_number_of_queries_does_not_grow(as_admin, four, django_assert_max_num_queries):
    region = Region.objects.first()
    for number in range(30):
        account = factories.account(f"a{number}")
        Project.objects.create(
            account=account, region=region, project_id=f"{number:032x}", name="p", endpoint="https://x"
        )
    with django_assert_max_num_queries(8):
        as_admin.get(PAGES)


@pytest.mark.parametrize("name", ["account_change", "account_pick", "account_remove"])
def test_wrong_ids_and_strangers(name, as_admin, as_viewer, anonymous, four):
    account = four[0].account
    assert as_admin.get(reverse(f"images:{name}", args=[account.pk + 99])).status_code == 404
    url = reverse(f"images:{name}", args=[account.pk])
    for method in ("get", "post"):
        refused = getattr(as_viewer, method)(url)
        assert refused.status_code == 403
        assert "Only administrators" in text_of(refused)
        assert getattr(anonymous, method)(url).status_code == 302
    assert as_admin.put(url).status_code == 405
    assert Account.objects.present().count() == 1
