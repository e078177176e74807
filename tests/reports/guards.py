"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, Who, owner, signed_in
from tests.guards.services import Service

ROWS: dict[str, Row] = {
    "images:reports": Row("/reports/", signed_in()),
    "images:reports_csv": Row("/reports/csv/", signed_in()),
    "images:report_mail": Row("/reports/mail/", signed_in(), signed_in(422)),
    "images:report_mail_end": Row("/reports/mail/{report_mail}/end/", None, owner(302)),
}

SERVICES: dict[str, Service] = {
    "reports.services.unschedule": Service(
        Who.OWNER, lambda things: {"schedule": things.report_mail}, of_a_project=False
    ),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "reports.services.schedule": "everybody for themselves; projects that they do not see are refused as not there",
}
