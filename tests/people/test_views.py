"""People, teams and roles: stories of an administrator, who is protected from them, and what the audit hears."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from images.access.enums import Role
from images.access.models import Membership, Team
from images.access.permissions import visible_projects
from images.audit.models import AuditEntry
from images.people.audit_events import RoleEvent, TeamEvent
from images.people.services.people import why_not_deactivate
from images.signin.audit_events import PersonEvent
from tests import factories
from tests.conftest import PASSWORD, person

pytestmark = pytest.mark.django_db
CHOSEN = "another-good-password-9"


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Core")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_invited_person_chooses_a_password_and_sees_what_the_team_sees(as_admin, anonymous, mailoutbox):
    project = factories.project("build")
    as_admin.post("/teams/add/", {"name": "Core", "note": "base images"})
    team = Team.objects.get(name="Core")
    as_admin.post(f"/teams/{team.pk}/roles/add/", {"role": "operator", "project": project.pk})
    answer = as_admin.post("/people/add/", {"username": "anna", "email": "anna@example.org"})
    as_admin.post(f"/teams/{team.pk}/members/add/", {"user": "anna"})
    link = re.search(r'invitation-link">(.*?)<', answer.content.decode())[1]
    assert link in mailoutbox[0].body
    assert mailoutbox[0].to == ["anna@example.org"]
    form = anonymous.get(link, follow=True)
    anonymous.post(form.redirect_chain[-1][0], {"password1": CHOSEN, "password2": CHOSEN})
    signed = anonymous.post("/accounts/login/", {"login": "anna", "password": CHOSEN})
    assert signed["Location"] == "/"
    anna = User.objects.get(username="anna")
    assert list(visible_projects(anna)) == [project]
    assert b"This link does not work any more" in Client().get(link, follow=True).content
    told = AuditEntry.objects.order_by("id").values_list("event", flat=True)
    assert [event for event in told if event.split(".")[0] in {"team", "role", "person", "member", "password"}] == [
        "team.added", "role.granted", "person.added", "person.invited", "member.added", "password.reset",
    ]  # fmt: skip
    assert link.split("-")[-1].strip("/") not in str(list(AuditEntry.objects.values("details", "after", "sentence")))


def test_a_mail_server_that_is_away_is_no_obstacle(as_admin, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = as_admin.post("/people/add/", {"username": "anna", "email": "anna@example.org"})
    assert b"Hand the link over yourself" in answer.content
    assert b"invitation-link" in answer.content


@pytest.mark.parametrize(("typed", "field"), [
    ({"username": "admin", "email": "x@example.org"}, "id_username"),
    ({"username": "x", "email": "ADMIN@example.org"}, "id_email"),
    ({"username": "a b", "email": "x@example.org"}, "id_username"),
    ({"username": "x", "email": "nonsense"}, "id_email"),
])  # fmt: skip
def test_what_cannot_be_is_said_at_its_field_and_the_typing_stays(as_admin, typed, field):
    answer = as_admin.post("/people/add/", typed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="{field}_error"' in text
    assert typed["email"] in text
    assert User.objects.count() == 1


def test_deactivated_is_out_at_once_and_back_with_everything(as_admin, viewer, as_viewer):
    assert as_viewer.get("/clouds/").status_code == 200
    as_admin.post(f"/people/{viewer.pk}/active/", {"active": "no"})
    assert as_viewer.get("/clouds/").status_code == 302
    as_admin.post(f"/people/{viewer.pk}/active/", {"active": "yes"})
    assert signed_in(User.objects.get(pk=viewer.pk)).get("/clouds/").status_code == 200
    told = AuditEntry.objects.filter(subject_kind="person", subject_ref=str(viewer.pk)).order_by("id")
    assert [entry.event for entry in told][-2:] == ["person.deactivated", "person.reactivated"]


def test_nobody_locks_themselves_out_and_the_last_administrator_stays(as_admin, admin):
    page = as_admin.get(f"/people/{admin.pk}/").content.decode()
    assert re.search(r'id="person-deactivate"[^>]*disabled', page)
    assert "You cannot do this to yourself" in page
    assert as_admin.post(f"/people/{admin.pk}/active/", {"active": "no"}).status_code == 409
    typed = {"username": "admin", "email": "admin@example.org"}
    assert as_admin.post(f"/people/{admin.pk}/change/", typed).status_code == 422
    admin.refresh_from_db()
    assert admin.is_active
    assert admin.is_staff


def test_one_administrator_may_take_anothers_rights_but_not_the_last_ones(as_admin, admin):
    other = person("other", is_staff=True)
    typed = {"username": "other", "email": "other@example.org"}
    assert as_admin.post(f"/people/{other.pk}/change/", typed).status_code == 302
    assert not User.objects.get(pk=other.pk).is_staff
    entry = AuditEntry.objects.get(event=PersonEvent.CHANGED)
    assert (entry.before, entry.after) == ({"is_staff": True}, {"is_staff": False})
    admin.is_active = False
    admin.save()
    last = person("last", is_staff=True)
    assert "last administrator" in why_not_deactivate(other, last)


def test_who_may_what_and_why(as_admin):
    own, foreign = factories.project("own"), factories.project("foreign")
    operator = person("operator", Role.OPERATOR, project=own)
    person("approver", Role.APPROVER)
    person("elsewhere", Role.OPERATOR, project=foreign)
    security = Team.objects.create(name="Security")
    security.grants.create(role=Role.APPROVER, project=own)
    security.memberships.create(user=operator)
    text = signed_in(operator).get(f"/projects/{own.pk}/people/").content.decode()
    rows = {row[0]: row[1] for row in re.findall(r'<th scope="row">(\w+)</th>(.*?)</tr>', text, re.DOTALL)}
    assert {*rows} == {"operator", "approver", "admin"}
    why = " ".join(re.sub(r"<[^>]+>", " ", rows["operator"]).split())
    assert "Operator through team of operator" in why
    assert "Approver through Security" in why
    assert rows["operator"].count('<span class="visually-hidden">yes') == 3
    assert "(every project)" in rows["approver"]
    assert "administers the console" in rows["admin"]


def test_roles_given_and_taken_are_told_to_the_projects_administrators(as_admin, team, viewer):
    project = factories.project()
    lead = person("lead", Role.ADMINISTRATOR, project=project)
    as_admin.post(f"/teams/{team.pk}/roles/add/", {"role": "approver", "project": project.pk})
    as_admin.post(f"/teams/{team.pk}/members/add/", {"user": "viewer"})
    as_admin.post(f"/teams/{team.pk}/members/{viewer.pk}/remove/")
    as_admin.post(f"/teams/{team.pk}/roles/{team.grants.get().pk}/remove/")
    seen = AuditEntry.objects.visible_to(lead).exclude(event__startswith="signin").order_by("id")
    assert [entry.event for entry in seen] == ["role.granted", "member.added", "member.removed", "role.revoked"]
    assert not team.grants.exists()
    assert not team.memberships.exists()


def test_twice_is_as_once(as_admin, team, viewer):
    for _time in range(2):
        as_admin.post(f"/teams/{team.pk}/roles/add/", {"role": "viewer", "project": ""})
    assert team.grants.get().project is None
    assert AuditEntry.objects.filter(event=RoleEvent.GRANTED).count() == 1
    as_admin.post(f"/teams/{team.pk}/members/add/", {"user": "viewer"})
    again = as_admin.post(f"/teams/{team.pk}/members/add/", {"user": "viewer"})
    assert again.status_code == 422
    assert Membership.objects.filter(team=team).count() == 1


def test_a_team_goes_with_its_roles_after_a_question(as_admin, team, viewer):
    team.grants.create(role=Role.OPERATOR)
    team.memberships.create(user=viewer)
    asked = as_admin.get(f"/teams/{team.pk}/remove/").content.decode()
    assert "viewer" in asked
    assert re.search(r"Operator\s+in every project", asked)
    as_admin.post(f"/teams/{team.pk}/remove/")
    assert not Team.objects.filter(pk=team.pk).exists()
    entry = AuditEntry.objects.get(event=TeamEvent.REMOVED)
    assert entry.before == {"name": "Core", "members": ["viewer"], "roles": ["Operator in every project"]}


def test_people_are_found_by_name_address_and_team(as_admin, viewer, team):
    team.memberships.create(user=viewer)
    for words in ("view", "VIEWER@example", "core"):
        text = as_admin.get("/people/", {"q": words}).content.decode()
        assert f'href="/people/{viewer.pk}/"' in text
    assert "Nobody matches" in as_admin.get("/people/", {"q": "nobody-is-called-so"}).content.decode()


def test_queries_do_not_grow_with_people(as_admin, team, django_assert_max_num_queries):
    project = factories.project()
    for number in range(30):
        somebody = User.objects.create(username=f"u{number}")
        team.memberships.create(user=somebody)
    team.grants.create(role=Role.OPERATOR, project=project)
    for path in ("/people/", "/teams/", f"/teams/{team.pk}/", f"/projects/{project.pk}/people/"):
        with django_assert_max_num_queries(12):
            assert as_admin.get(path).status_code == 200


def test_a_password_of_one_is_no_sign_in_of_another(as_admin, anonymous):
    """A person without a password cannot sign in with an empty or any other one."""
    as_admin.post("/people/add/", {"username": "anna", "email": "anna@example.org"})
    for password in ("", "!", PASSWORD):
        anonymous.post("/accounts/login/", {"login": "anna", "password": password})
    assert anonymous.get("/clouds/").status_code == 302


def test_an_old_address_opens_nothing_any_more(as_admin, viewer):
    """allauth keeps addresses beside the account (of people who came from elsewhere): they go with the change."""
    viewer.emailaddress_set.create(email=viewer.email, verified=True, primary=True)
    form = {"username": "viewer", "email": "new@example.org"}
    assert as_admin.post(f"/people/{viewer.pk}/change/", form).status_code == 302
    for login, comes_in in (("viewer@example.org", False), ("new@example.org", True)):
        answer = Client().post("/accounts/login/", {"login": login, "password": PASSWORD})
        assert (answer.status_code == 302) == comes_in
