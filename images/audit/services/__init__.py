"""The audit: who did what, when, from where, and what it was before.

Call `record` inside the transaction of the change, as its last statement where you can choose:

    with transaction.atomic():
        …check and change…
        audit.record(
            event=TeamEvent.CHANGED,              # images/<room>/audit_events.py; a line there for a new kind of act
            actor=actor,                          # None: the console itself, or nobody who is signed in
            project=project,                      # None when it is not about one; for several record one entry each
            subject=team,                         # any row, or Subject(kind, ref, name) for what is none (any more)
            before={"name": "old"}, after={"name": team.name},
            details={"why": comment},             # what else belongs to it
        )

- **before and after**: with both, only the keys that differ are kept, and when none does nothing is recorded (the
  answer is None). `changed(row, names)` reads columns into such an object.
- **Secrets** never get in: values under names like `password`, `secret` or `token` are replaced by dots, so that one
  still sees *that* they changed; passwords in URLs and private keys are taken out of texts.
- **Request id and address** come from the request by themselves (console/middleware.py); give `request_id=` where a
  task speaks for an earlier request.
- **The sentence** is made here and kept with the entry: "WHO LABEL “SUBJECT” in PROJECT"; give `sentence=` (translated,
  complete) when that does not read well.
- Names are kept as text: an entry outlives all that it tells of.
- **Who may see it**: administrators of the console all; administrators of a project the entries of their project;
  everybody their own sign-ins. So do give the project.
- In tests `AuditEntry.objects.filter(event=…)` tells what was recorded. Outside of tests nothing changes or deletes an
  entry: the model and the database refuse it, and `manage.py verify_audit` finds it (docs/audit.md).
"""

from images.audit.events import AuditEvent
from images.audit.services.recording import Subject, column_values, record

__all__ = ["AuditEvent", "Subject", "column_values", "record"]
