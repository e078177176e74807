"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, Who, administer, signed_in, view
from tests.guards.services import Service

ROWS: dict[str, Row] = {
    "images:project_quota": Row("/projects/{project}/quota/", None, administer(422)),
    "images:quotas": Row("/quotas/", signed_in()),
    "images:quotas_csv": Row("/quotas/csv/", signed_in()),
    "images:quota": Row("/quotas/{project}/", view()),
    "images:quota_spare": Row("/quotas/{project}/spare/", view()),
    "images:quota_csv": Row("/quotas/{project}/csv/", view()),
}

SERVICES: dict[str, Service] = {
    "quotas.services.thresholds.set_thresholds": Service(
        Who.ADMINISTER, lambda things: {"project": things.project, "warn": 70, "critical": 90}
    ),
}
