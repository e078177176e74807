"""The database refuses to change or remove entries of the audit, whoever asks (ADR 8)."""

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

#: What an entry says is never changed; its place in the chain is filled in once.
SAID = ", ".join(
    f'"{column}"'
    for column in (
        "id",
        "at",
        "event",
        "actor_pk",
        "actor_name",
        "project_pk",
        "project_name",
        "subject_kind",
        "subject_ref",
        "subject_name",
        "sentence",
        "before",
        "after",
        "details",
        "request_id",
        "address",
        "uid",
        "stamp",
    )
)
SQLITE = (
    """CREATE TRIGGER audit_no_delete BEFORE DELETE ON images_auditentry BEGIN
       SELECT RAISE(ABORT, 'the audit is append-only'); END""",
    f"""CREATE TRIGGER audit_no_change BEFORE UPDATE OF {SAID} ON images_auditentry BEGIN
       SELECT RAISE(ABORT, 'the audit is append-only'); END""",
    """CREATE TRIGGER audit_sealed_once BEFORE UPDATE OF number, digest ON images_auditentry
       WHEN old.number IS NOT NULL BEGIN
       SELECT RAISE(ABORT, 'the audit is append-only'); END""",
)
SQLITE_BACK = tuple(f"DROP TRIGGER {name}" for name in ("audit_no_delete", "audit_no_change", "audit_sealed_once"))
POSTGRESQL = (
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$""",
    """CREATE TRIGGER audit_no_delete BEFORE DELETE ON images_auditentry
       FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON images_auditentry
       FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    f"""CREATE TRIGGER audit_no_change BEFORE UPDATE OF {SAID} ON images_auditentry
        FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_sealed_once BEFORE UPDATE OF number, digest ON images_auditentry
       FOR EACH ROW WHEN (old.number IS NOT NULL) EXECUTE FUNCTION audit_refuse()""",
)
POSTGRESQL_BACK = (
    *(
        f"DROP TRIGGER {name} ON images_auditentry"
        for name in ("audit_no_delete", "audit_no_truncate", "audit_no_change", "audit_sealed_once")
    ),
    "DROP FUNCTION audit_refuse",
)


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)
