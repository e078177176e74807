"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from images.partners.services import Entry
from tests.guards.roles import Row, Who, operate, signed_in, staff
from tests.guards.services import Service

#: Everybody sees it, operators change it.
ROWS: dict[str, Row] = {
    "images:partners": Row("/sharing/partners/", signed_in()),
    "images:partner_add": Row("/sharing/partners/add/", operate(), operate(422)),
    "images:partner_import": Row("/sharing/partners/import/", operate(), operate(422)),
    "images:partner_found": Row("/sharing/partners/iam/", staff(), staff(422)),
    "images:partner_change": Row("/sharing/partners/{partner}/change/", operate(), operate(422)),
}

SERVICES: dict[str, Service] = {
    "partners.services.add": Service(Who.OPERATE, lambda _things: {"entry": Entry("d" * 32, "x")}, of_a_project=False),
    "partners.services.change": Service(
        Who.OPERATE, lambda things: {"partner": things.partner, "entry": Entry("e" * 32, "y")}, of_a_project=False
    ),
    "partners.services.import_csv": Service(
        Who.OPERATE, lambda _things: {"text": "project_id,name\nd,x\n"}, of_a_project=False
    ),
    "partners.services.import_found": Service(
        Who.STAFF, lambda things: {"account": things.account, "project_ids": ["d"]}, of_a_project=False
    ),
    "partners.services.remove": Service(Who.OPERATE, lambda things: {"partner": things.partner}, of_a_project=False),
}
