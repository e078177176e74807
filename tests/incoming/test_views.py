"""The inbox and the page of a share: what is shown, what is refused, what a vote answers."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from images.access.enums import Role
from images.clouds.enums import ProjectKind
from images.incoming.models import IncomingShare, ShareVote
from images.incoming.queries.policies import offered
from images.incoming.rules import Terms, findings
from images.incoming.services.votes import vote
from images.operations.models.operation import Operation
from images.partners.models import Partner
from tests import factories
from tests.conftest import person
from tests.incoming.conftest import OWNER, offer


@pytest.fixture
def as_ada(ada) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def names(answer) -> list[str]:
    return re.findall(r'/sharing/in/\d+/[^"]*">([^<]+)</a>', answer.content.decode())


def test_the_inbox_shows_what_waits_and_for_how_many_votes(as_ada, ours, policy):
    policy(approvals=2)
    Partner.objects.create(project_id=OWNER, name="Contoso images", trust="trusted")
    (share,) = offer(ours, 1)
    page = as_ada.get("/sharing/in/").content.decode()
    assert share.name in page
    assert "0 of 2 approvals" in page
    assert "Contoso images" in page


def test_filters_and_drawers(as_ada, ada, ours):
    other = factories.project("eu-west-1_other", "eu-west-1")
    factories.put(other)
    (here,), (there,) = offer(ours, 1, name="here"), offer(other, 2, name="there")
    vote(actor=ada, shares=[there], approves=False, comment="No.")
    here.assigned_to = ada
    here.save(update_fields=["assigned_to"])
    assert names(as_ada.get("/sharing/in/")) == ["here"]
    assert names(as_ada.get("/sharing/in/?box=sending")) == ["there"]
    assert names(as_ada.get(f"/sharing/in/?project={other.pk}")) == []
    assert names(as_ada.get(f"/sharing/in/?owner={OWNER}&mine=1")) == ["here"]
    assert names(as_ada.get("/sharing/in/?flag=elsewhere")) == []
    assert "No share in this drawer" in as_ada.get("/sharing/in/?owner=nobody").content.decode()


@pytest.mark.parametrize("sort", ["age", "newest", "name", "largest"])
def test_pages_by_key_show_each_once_in_both_directions(as_ada, ours, monkeypatch, sort):
    monkeypatch.setattr("images.incoming.queries.inbox.PER_PAGE", 3)
    offer(ours, *range(8))
    seen, url = [], f"/sharing/in/?sort={sort}"
    pages = []
    while url:
        text = as_ada.get(url).content.decode()
        pages.append(re.findall(r'id="in-(\d+)"', text))
        seen += pages[-1]
        found = re.search(r'rel="next" href="([^"]+)"', text)
        url = "/sharing/in/" + found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 8
    back = re.search(r'rel="prev" href="([^"]+)"', text)
    before = as_ada.get("/sharing/in/" + back[1].replace("&amp;", "&")).content.decode()
    assert re.findall(r'id="in-(\d+)"', before) == pages[-2]


def test_a_share_shows_what_a_reviewer_needs(as_ada, ada, ours, policy):
    policy(approvals=2, os_versions=["Plan 9*"], tags=["env=prod"], max_size=1)
    (old,) = offer(ours, 5, name="sent before")
    vote(actor=ada, shares=[old], approves=False, comment="Old.")
    (share,) = offer(ours, 1, tags=["env=prod"])
    page = as_ada.get(f"/sharing/in/{share.pk}/").content.decode()
    for part in ("Plan 9*", "at most 1 B", "sent before", "0 accepted, 1 rejected", "0 of 2 approvals", "env"):
        assert part in page
    assert page.count('badge-bad">') >= 2  # rules that it breaks


def test_a_full_stop_separates_nothing_in_the_tags_of_a_glance(ours):
    """Only IMS writes key and value so (9.2): at a Glance "ubuntu-22.04" is one word."""
    (share,) = offer(ours, 1, tags=["ubuntu-22.04"])
    assert offered(share).tags == (("ubuntu-22", "04"),)
    ours.kind = ProjectKind.OPENSTACK
    ours.save()
    (share,) = offer(ours, 2, tags=["ubuntu-22.04"])
    assert offered(share).tags == (("ubuntu-22.04", ""),)


def test_a_policy_meets_each_of_several_words_of_a_glance_that_look_like_one_key(ours):
    """O1."""
    ours.kind = ProjectKind.OPENSTACK
    ours.save()
    (share,) = offer(ours, 1, tags=["role=web", "role=db"])
    for value, holds in (("web", True), ("db", True), ("", True), ("x", False)):
        (found,) = findings(Terms(tags=(("role", value),)), offered(share), timezone.now())
        assert (found.found, found.holds) == ("web, db", holds)


def test_a_vote_is_asked_about_then_counted_and_leads_to_the_next(as_ada, ours, policy):
    policy(approvals=2)
    first, second = offer(ours, 1, 2)
    address = f"/sharing/in/{first.pk}/vote/approve/"
    assert "decides nothing" in as_ada.get(address).content.decode()
    answer = as_ada.post(address, {"seen": 1, "comment": ""})
    assert (answer.status_code, answer.url) == (302, f"/sharing/in/{second.pk}/")
    assert ShareVote.objects.get().share == first
    assert not Operation.objects.exists()
    refused = as_ada.post(f"/sharing/in/{second.pk}/vote/reject/", {"seen": 1, "comment": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()


def test_who_comes_too_late_is_told(as_ada, ben, ours):
    (share,) = offer(ours, 1)
    vote(actor=ben, shares=[share], approves=True)
    answer = as_ada.post(f"/sharing/in/{share.pk}/vote/reject/", {"seen": 0, "comment": "No."})
    assert answer.status_code == 409
    assert "ben had decided already" in answer.content.decode()


def test_many_are_previewed_then_voted_on(as_ada, ada, ours, policy):
    policy(approvals=1)
    shares = offer(ours, 1, 2, 3)
    ticked = {"vote": "approve", "share": [share.pk for share in shares]}
    preview = as_ada.post("/sharing/in/act/", ticked).content.decode()
    assert "Approve 3 images" in preview
    fingerprint = re.search(r'name="fingerprint" value="(\w+)"', preview)[1]
    vote(actor=ada, shares=[shares[0]], approves=True)
    moved = as_ada.post("/sharing/in/act/", {**ticked, "fingerprint": fingerprint})
    assert moved.status_code == 409
    assert "decided already" in moved.content.decode()
    fingerprint = re.search(r'name="fingerprint" value="(\w+)"', moved.content.decode())[1]
    assert as_ada.post("/sharing/in/act/", {**ticked, "fingerprint": fingerprint}).status_code == 302
    assert set(IncomingShare.objects.values_list("state", flat=True)) == {"accepting"}
    assert sorted(Operation.objects.values_list("total", flat=True)) == [1, 2]  # two images in one operation


def test_all_that_match_are_those_of_the_filter(as_ada, ours):
    offer(ours, 1, 2, 3)
    asked = {"vote": "reject", "all": "on", "query": "owner=" + OWNER}
    preview = as_ada.post("/sharing/in/act/", asked).content.decode()
    assert "Reject 3 images" in preview
    fingerprint = re.search(r'name="fingerprint" value="(\w+)"', preview)[1]
    assert as_ada.post("/sharing/in/act/", {**asked, "fingerprint": fingerprint}).status_code == 422  # it wants words
    as_ada.post("/sharing/in/act/", {**asked, "fingerprint": fingerprint, "comment": "Unknown owner."})
    assert set(IncomingShare.objects.values_list("state", flat=True)) == {"rejecting"}


def test_the_policy_is_simulated_against_the_past_and_then_switched_on(as_admin, ada, ours):
    accepted, waits = offer(ours, 1, 2)
    vote(actor=ada, shares=[accepted], approves=True)
    form = {"seen": 0, "approvals": 2, "one_rejection_ends": "on", "barred": "", "reject_mismatch": "False",
            "max_size": "1 B", "reopen": "on"}  # fmt: skip
    address = f"/projects/{ours.pk}/share-policy/"
    assert as_admin.post(address, {**form, "max_size": "much"}).status_code == 422
    page = as_admin.post(address, {**form, "look": "1"}).content.decode()
    assert "1 goes another way" in page
    assert "1 of 2 approvals were given" in page
    assert not ours.share_policies.exists()
    rejecting = as_admin.post(address, {**form, "reject_mismatch": "True", "look": "1"}).content.decode()
    assert "2 go another way" in rejecting
    assert as_admin.post(address, form).status_code == 302
    assert as_admin.post(address, form).status_code == 409  # somebody else has changed it meanwhile
    waits.refresh_from_db()
    assert (waits.policy_version, ours.share_policies.get().max_size) == (None, 1)


def test_people_without_the_right_see_why(ours):
    (share,) = offer(ours, 1)
    looker = Client()
    looker.force_login(person("lena", Role.VIEWER))
    page = looker.get(f"/sharing/in/{share.pk}/").content.decode()
    assert "Only approvers of" in page
    assert "/vote/approve/" not in page


@pytest.mark.parametrize("count", [50, 5_000])
def test_the_inbox_costs_the_same_queries_however_much_there_is(
    as_ada, ada, ours, count, django_assert_max_num_queries
):
    from images.incoming.queries.inbox import waiting_for
    from tests.incoming.conftest import fill

    fill(ours, count)
    as_ada.get("/sharing/in/")
    with django_assert_max_num_queries(18):
        assert as_ada.get("/sharing/in/").content.decode().count("data-table") == 1
    with django_assert_max_num_queries(3):
        waiting = waiting_for(ada)
    assert (waiting.count, len(waiting.first)) == (min(count, 100), 3)
