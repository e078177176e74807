"""What the audit says of an act, and that nobody can make it say something else later."""

import pytest
from django.db import DatabaseError, connection, transaction

from images.access.enums import Role
from images.access.models import Team
from images.audit import services as audit
from images.audit.models import AppendOnlyError, AuditEntry, AuditHead
from images.audit.services import Subject
from images.audit.services.sealing import seal
from images.cache.models.image import Image
from images.operations.enums import ActionKind
from images.operations.services import Target, cancel, submit
from images.people.audit_events import TeamEvent
from images.signin.audit_events import SignInEvent
from tests import factories
from tests.conftest import PASSWORD, person, triggers

pytestmark = pytest.mark.also_on_postgres


@pytest.fixture
def team(db) -> Team:
    return Team.objects.create(name="Core")


def told(**given) -> AuditEntry:
    entry = audit.record(event=TeamEvent.CHANGED, **{"actor": None, **given})
    assert entry is not None
    return AuditEntry.objects.get(pk=entry.pk)


def test_an_entry_tells_the_story_alone(admin, team):
    project = factories.project("build")
    entry = told(actor=admin, project=project, subject=team, before={"name": "core", "note": "x"},
                 after={"name": "Core", "note": "x"}, details={"why": "spelling"})  # fmt: skip
    assert (entry.before, entry.after, entry.details) == ({"name": "core"}, {"name": "Core"}, {"why": "spelling"})
    team.delete()
    admin.delete()
    entry = AuditEntry.objects.get(pk=entry.pk)
    assert entry.sentence == "admin changed the team “Core” in build (eu-west-0): name “core” → “Core”"
    assert (entry.subject_kind, entry.subject_name, entry.actor_name) == ("team", "Core", "admin")


def test_what_does_not_change_anything_is_not_told(admin, team):
    same = {"name": "Core"}
    assert audit.record(event=TeamEvent.CHANGED, actor=admin, subject=team, before=same, after=same) is None
    assert not AuditEntry.objects.filter(event=TeamEvent.CHANGED).exists()


@pytest.mark.parametrize(("given", "kept"), [
    ({"password": "hunter2"}, {"password": "•••"}),
    ({"webhook": {"signing_secret": "s3cr3t", "url": "https://u:p4ss@example.org/x?token=abc&y=1"}},
     {"webhook": {"signing_secret": "•••", "url": "https://•••@example.org/x?token=•••&y=1"}}),
    ({"tag_key": "Env", "access_key": "AK1"}, {"tag_key": "Env", "access_key": "AK1"}),
    ({"bundle": "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"}, {"bundle": "•••"}),
    ({"text": "a\x00b", "share": 0.5, "many": list(range(2000))}, None),
])  # fmt: skip
def test_secrets_and_what_no_database_holds_stay_outside(db, given, kept):
    entry = told(details=given)
    if kept is not None:
        assert entry.details == kept
    else:
        assert (entry.details["text"], entry.details["share"]) == ("ab", "0.5")
        assert len(entry.details["many"]) == 1001


def test_that_a_secret_changed_is_told_and_not_what_it_was(db):
    entry = told(subject=Subject("account", "1", "x"), before={"secret": "old", "name": "x"},
                 after={"secret": "new", "name": "x"})  # fmt: skip
    assert (entry.before, entry.after) == ({"secret": "•••"}, {"secret": "•••"})


def test_request_and_address_come_by_themselves(anonymous, viewer, settings):
    settings.PROXY_COUNT = 1
    anonymous.post("/accounts/login/", {"login": "viewer", "password": PASSWORD},
                   headers={"X-Request-Id": "req-from-proxy", "X-Forwarded-For": "6.6.6.6, 192.0.2.7"})  # fmt: skip
    entry = AuditEntry.objects.get(event=SignInEvent.SIGNED_IN)
    assert (entry.request_id, entry.address) == ("req-from-proxy", "192.0.2.7")
    assert entry.actor_name == "viewer"


def test_failed_sign_ins_name_only_people_who_exist(anonymous, viewer):
    for name in ("viewer", "my-password-typed-in-the-wrong-field"):
        anonymous.post("/accounts/login/", {"login": name, "password": "wrong"})
    names = AuditEntry.objects.filter(event=SignInEvent.FAILED).values_list("actor_name", flat=True)
    assert sorted(names) == ["Somebody with a name that nobody has", "viewer"]


def test_a_change_that_is_undone_leaves_no_entry(db):
    with transaction.atomic():
        told()
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()
    told()
    seal()
    assert AuditEntry.objects.get().number == AuditHead.objects.get().number == 1


def test_the_model_refuses_changes(db):
    entry = told()
    for attempt in (entry.save, entry.delete, AuditEntry.objects.all().delete):
        with pytest.raises(AppendOnlyError):
            attempt()
    with pytest.raises(AppendOnlyError):
        AuditEntry.objects.update(sentence="x")


@pytest.mark.parametrize("statement", [
    "DELETE FROM images_auditentry",
    "UPDATE images_auditentry SET sentence = 'x'",
    "UPDATE images_auditentry SET actor_pk = 7, number = 9",
    "UPDATE images_auditentry SET number = 9",
    "UPDATE images_auditentry SET digest = 'x'",
])  # fmt: skip
def test_the_database_refuses_changes(db, statement):
    made = {"sqlite": triggers.SQLITE, "postgresql": triggers.POSTGRESQL}[connection.vendor]
    with connection.cursor() as cursor:
        for one in made:
            cursor.execute(one)
    told()
    seal()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.get().number == 1


def test_services_tell(admin, as_admin):
    project = factories.project()
    operator = person("operator", Role.OPERATOR, project=project)
    factories.put(project, factories.document(1, project.project_id))
    image = Image.objects.get()
    operation = submit(actor=operator, kind=ActionKind.PROTECT, targets=[Target(project, image, image.name)], key="k")
    cancel(actor=admin, operation=operation)
    as_admin.post("/clouds/sync/", {"holder": f"p{project.pk}"})
    entries = AuditEntry.objects.filter(project_pk=project.pk).order_by("id").values_list("event", "actor_name")
    assert list(entries) == [
        ("operation.asked", "operator"),
        ("operation.ended", ""),
        ("operation.cancelled", "admin"),
        ("sync.asked", "admin"),
    ]
