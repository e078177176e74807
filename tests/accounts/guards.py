"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from images.clouds.services.configuration import Configuration
from images.clouds.services.connection import Connection
from tests.guards.roles import Row, Who, signed_in, staff, view
from tests.guards.services import Service

CONNECTION = Connection(auth_url="http://127.0.0.1:9/v3", username="u", secret="-")

NO_CLOUDS = Configuration({}, {}, ())

ROWS: dict[str, Row] = {
    "images:project": Row("/projects/{project}/", view()),
    "images:accounts": Row("/clouds/", signed_in()),
    "images:account_add": Row("/clouds/add/", staff(), staff(422)),
    "images:account_import": Row("/clouds/import/", staff(), staff(422)),
    "images:account_change": Row("/clouds/{account}/change/", staff(), staff(422)),
    "images:account_pick": Row("/clouds/{account}/projects/", staff(), staff(302)),
    "images:account_permissions": Row("/clouds/{account}/permissions/", staff(), staff(404)),
    "images:account_remove": Row("/clouds/{account}/remove/", staff(), staff(302)),
}

SERVICES: dict[str, Service] = {
    "accounts.services.accounts.add_account": Service(
        Who.STAFF, lambda _things: {"name": "x", "connection": CONNECTION}
    ),
    "accounts.services.accounts.update_account": Service(
        Who.STAFF, lambda things: {"account": things.account, "name": "x", "connection": CONNECTION}
    ),
    "accounts.services.cloud_import.import_clouds": Service(Who.STAFF, lambda _things: {"configuration": NO_CLOUDS}),
    "accounts.services.cloud_import.planned": Service(Who.STAFF, lambda _things: {"configuration": NO_CLOUDS}),
    "accounts.services.project_choice.choose_projects": Service(
        Who.STAFF, lambda things: {"account": things.account, "picked": []}
    ),
    "accounts.services.permissions.ask_permissions": Service(Who.STAFF, lambda things: {"project": things.project}),
    "accounts.services.removal.remove_account": Service(Who.STAFF, lambda things: {"account": things.account}),
}
