"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from django.test import RequestFactory

from images.access.enums import Role
from tests.guards.roles import Row, Who, signed_in, staff, view
from tests.guards.services import Service

ROWS: dict[str, Row] = {
    "images:me": Row("/me/", signed_in()),
    "images:session_end": Row("/me/sessions/end/", None, signed_in(302)),
    "images:people": Row("/people/", staff()),
    "images:person_add": Row("/people/add/", staff(), staff(422)),
    "images:person": Row("/people/{person}/", staff()),
    "images:person_change": Row("/people/{person}/change/", staff(), staff(422)),
    "images:person_active": Row("/people/{person}/active/", None, staff(302)),
    "images:person_link": Row("/people/{person}/link/", None, staff()),
    "images:person_second_factor": Row("/people/{person}/second-factor/", staff(), staff(302)),
    "images:person_sessions": Row("/people/{person}/sessions/", staff(), staff(302)),
    "images:teams": Row("/teams/", staff()),
    "images:team_add": Row("/teams/add/", staff(), staff(422)),
    "images:team": Row("/teams/{team}/", staff()),
    "images:team_change": Row("/teams/{team}/change/", staff(), staff(422)),
    "images:team_remove": Row("/teams/{team}/remove/", staff(), staff(302)),
    "images:team_member_add": Row("/teams/{team}/members/add/", None, staff(422)),
    "images:team_member_remove": Row("/teams/{team}/members/{person}/remove/", None, staff(302)),
    "images:team_grant": Row("/teams/{team}/roles/add/", None, staff(422)),
    "images:team_revoke": Row("/teams/{team}/roles/{grant}/remove/", None, staff(302)),
    "images:project_people": Row("/projects/{project}/people/", view()),
}

SERVICES: dict[str, Service] = {
    "people.services.people.add_person": Service(
        Who.STAFF, lambda _things: {"username": "new", "email": "new@example.org"}
    ),
    "people.services.people.change_person": Service(
        Who.STAFF,
        lambda things: {"user": things.person, "username": "other", "email": "o@example.org", "is_staff": False},
    ),
    "people.services.people.deactivate": Service(Who.STAFF, lambda things: {"user": things.person}),
    "people.services.people.invite": Service(
        Who.STAFF, lambda things: {"user": things.person, "request": RequestFactory().get("/")}
    ),
    "people.services.people.reactivate": Service(Who.STAFF, lambda things: {"user": things.person}),
    "people.services.teams.add_member": Service(Who.STAFF, lambda things: {"team": things.team, "user": things.person}),
    "people.services.teams.add_team": Service(Who.STAFF, lambda _things: {"name": "New"}),
    "people.services.teams.change_team": Service(Who.STAFF, lambda things: {"team": things.team, "name": "Other"}),
    "people.services.teams.grant": Service(
        Who.STAFF, lambda things: {"team": things.team, "role": Role.OPERATOR, "project": things.project}
    ),
    "people.services.teams.remove_member": Service(
        Who.STAFF, lambda things: {"team": things.team, "user": things.person}
    ),
    "people.services.teams.remove_team": Service(Who.STAFF, lambda things: {"team": things.team}),
    "people.services.teams.revoke": Service(Who.STAFF, lambda things: {"given": things.team.grants.get()}),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "people.services.people.why_not_deactivate": "answers",
}
