"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from images.operations.enums import ActionKind
from tests.guards.roles import Row, Who, administer, decide, operate, signed_in, view
from tests.guards.services import Service

ROWS: dict[str, Row] = {
    "images:fields": Row("/images/{image}/fields/", view(302)),
    "images:field": Row("/images/{image}/field/?name=name", operate(), operate(422)),
    "images:field_now": Row("/images/{image}/field/now/?name=name", view(302)),
    "images:field_undo": Row("/images/{image}/field/undo/?name=name", None, operate(404)),
    "images:operations": Row("/operations/", signed_in()),
    "images:operations_now": Row("/operations/now/", signed_in(286)),
    "images:tray": Row("/operations/tray/", signed_in(302)),
    "images:operation": Row("/operations/{operation}/", view()),
    "images:operation_state": Row("/operations/{operation}/state/?seen=1", view(204)),
    "images:operation_cancel": Row("/operations/{operation}/cancel/", None, operate(302)),
    "images:operation_retry": Row("/operations/{operation}/retry/", None, operate(302)),
    "images:operation_undo": Row("/operations/{operation}/undo/", None, operate(302)),
    "images:operation_settle": Row("/operations/{operation}/items/{item}/settle/", None, operate(302)),
    "images:consents": Row("/consents/", signed_in()),
    "images:consent": Row("/consents/{consent}/", view(), decide(422)),
    "images:project_consent": Row("/projects/{project}/consent/", None, administer(422)),
}

SERVICES: dict[str, Service] = {
    "operations.services.consent.give": Service(Who.DECIDE, lambda things: {"consent": things.consent}),
    "operations.services.consent.refuse": Service(
        Who.DECIDE, lambda things: {"consent": things.consent, "comment": "x"}
    ),
    "operations.services.consent.set_policy": Service(
        Who.ADMINISTER, lambda things: {"project": things.project, "for_share": True, "days": 3}
    ),
    "operations.services.in_place.change": Service(
        Who.OPERATE,
        lambda things: {"kind": ActionKind.TAG, "image": things.image, "parameters": {"add": {"a": "b"}}, "key": "k"},
    ),
    "operations.services.in_place.undo": Service(
        Who.OPERATE, lambda things: {"operation": things.operation, "key": "k"}
    ),
    "operations.services.submission.cancel": Service(Who.OPERATE, lambda things: {"operation": things.operation}),
    "operations.services.submission.retry_failed": Service(
        Who.OPERATE, lambda things: {"operation": things.operation, "key": "k"}
    ),
    "operations.services.submission.settle_unknown": Service(
        Who.OPERATE, lambda things: {"item": things.item, "happened": True}
    ),
    "operations.services.submission.submit": Service(
        Who.OPERATE, lambda things: {"kind": ActionKind.PROTECT, "targets": [things.target], "key": "k"}
    ),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "operations.services.consent.decision_permission": "answers",
    "operations.services.consent_demands.settle": "writes down what somebody else has checked",
    "operations.services.submission.write": "submit without the check, for those who have made it",
    "operations.services.audit_entries.tell": "writes down what somebody else has checked",
    "operations.services.selection.judge": "answers, and names refusals among its answers",
    "operations.services.selection.offers_for": "answers, and names refusals among its answers",
    "operations.services.selection.refusal_of": "answers",
    "operations.services.selection.verdicts": "answers, and names refusals among its answers",
    "operations.services.selection.why_not": "answers",
}
