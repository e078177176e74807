"""`manage.py verify_audit` finds each thing that somebody with the database can do to the audit, and says where."""

import io
import tracemalloc

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models

from images.audit import services as audit
from images.audit.models import AuditEntry, AuditHead
from images.audit.services import Subject
from images.audit.services.sealing import BATCH, seal
from images.audit.services.verifying import Fault, Report, verify
from images.people.audit_events import TeamEvent

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db]
COUNT = 9


@pytest.fixture(autouse=True)
def chain() -> list[int]:
    """Nine entries, in the chain; their primary keys."""
    for number in range(1, COUNT + 1):
        audit.record(event=TeamEvent.ADDED, actor=None, subject=Subject("team", str(number), f"Team {number}"),
                     after={"name": f"Team {number}"})  # fmt: skip
    seal()
    return list(AuditEntry.objects.order_by("number").values_list("pk", flat=True))


def sql(statement: str, *values: object) -> None:
    """As somebody who has the database, and has thrown away the triggers (tests/conftest.py did)."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def findings(**options: str) -> list[tuple[Fault, int]]:
    seal()
    return [(finding.fault, finding.number) for finding in verify(Report(), **options)]


def rows() -> models.QuerySet:
    return models.QuerySet(AuditEntry)


def test_an_honest_chain_has_no_findings_and_tells_its_end():
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert "9 entries in the chain, 0 not sealed, 0 findings." in out.getvalue()
    assert out.getvalue().splitlines()[-1] == f"end: 9:{AuditHead.objects.get().digest}"


def test_what_is_not_sealed_yet_is_no_finding(monkeypatch):
    monkeypatch.setattr("images.audit.services.recording.seal", lambda: 0)
    audit.record(event=TeamEvent.ADDED, actor=None)
    report = Report()
    assert list(verify(report)) == []
    assert (report.checked, report.unsealed) == (COUNT, 1)
    assert findings() == []


@pytest.mark.parametrize(("first", "last"), [(1, 1), (4, 4), (3, 6)])
def test_removed(first, last):
    sql("DELETE FROM images_auditentry WHERE number BETWEEN %s AND %s", first, last)
    assert findings() == [(Fault.REMOVED, first)]


@pytest.mark.parametrize("column", ["sentence", "actor_name", "address", "subject_ref", "event"])
@pytest.mark.parametrize("number", [1, 5, COUNT])
def test_altered(column, number):
    sql(f"UPDATE images_auditentry SET {column} = 'x' WHERE number = %s", number)
    assert findings() == [(Fault.ALTERED, number)]


def test_altered_with_everything_that_goes_without_the_key(chain):
    sql("UPDATE images_auditentry SET sentence = 'x', stamp = %s WHERE number = 5", "0" * 8 + ":" + "0" * 64)
    assert findings() == [(Fault.KEY, 5)]
    mark = AuditEntry.objects.get(number=4).stamp.partition(":")[0]
    sql("UPDATE images_auditentry SET stamp = %s WHERE number = 5", f"{mark}:{'0' * 64}")
    assert findings() == [(Fault.ALTERED, 5)]


def test_altered_before_and_after(chain):
    rows().filter(number=5).update(after={"name": "Another"})
    rows().filter(number=7).update(before={"name": "Another"})
    assert findings() == [(Fault.ALTERED, 5), (Fault.ALTERED, 7)]


def forged(**columns: object) -> AuditEntry:
    """A copy of an honest row, with another text."""
    made = AuditEntry.objects.get(number=3)
    copy = {field.attname: getattr(made, field.attname) for field in AuditEntry._meta.fields}
    del copy["id"], copy["uid"]
    return AuditEntry(**{**copy, "sentence": "x", **columns})


def test_inserted_without_a_place():
    forged(number=None, digest="").save()
    assert findings() == [(Fault.INSERTED, 0)]
    audit.record(event=TeamEvent.ADDED, actor=None)
    assert findings() == [(Fault.INSERTED, 0)]
    assert AuditEntry.objects.filter(number=COUNT + 1).exists()


def test_inserted_at_the_end():
    forged(number=COUNT + 1).save()
    assert findings() == [(Fault.INSERTED, COUNT + 1), (Fault.INSERTED, COUNT + 1)]


def test_inserted_between_with_the_others_pushed_on():
    for number in range(COUNT, 4, -1):
        sql("UPDATE images_auditentry SET number = %s WHERE number = %s", number + 1, number)
    forged(number=5).save()
    found = findings()
    assert found[0] == (Fault.INSERTED, 5)


def test_a_copy_of_an_honest_entry_is_not_taken_twice():
    uid = AuditEntry.objects.get(number=3).uid
    with pytest.raises(Exception, match=r"(?i)unique"):
        forged(number=None, digest="", uid=uid).save()


@pytest.mark.parametrize(("one", "other"), [(4, 5), (2, 7), (1, COUNT)])
def test_reordered_by_their_places(one, other):
    sql("UPDATE images_auditentry SET number = -1 WHERE number = %s", one)
    sql("UPDATE images_auditentry SET number = %s WHERE number = %s", one, other)
    sql("UPDATE images_auditentry SET number = %s WHERE number = -1", other)
    found = findings()
    assert {(Fault.REORDERED, one), (Fault.REORDERED, other)} <= {*found}


def test_reordered_by_what_they_say(chain):
    """Everything of two rows exchanged but their places and digests."""
    one, other = AuditEntry.objects.get(number=3), AuditEntry.objects.get(number=6)
    said = [field.attname for field in AuditEntry._meta.fields if field.attname not in {"id", "number", "digest"}]
    rows().filter(pk=one.pk).update(uid="0" * 32)
    rows().filter(pk=other.pk).update(**{name: getattr(one, name) for name in said})
    rows().filter(pk=one.pk).update(**{name: getattr(other, name) for name in said})
    assert findings() == [(Fault.REORDERED, 3), (Fault.REORDERED, 6)]


def test_cut_off_at_the_end():
    sql("DELETE FROM images_auditentry WHERE number > 6")
    assert findings() == [(Fault.CUT_OFF, 7)]


def test_cut_off_with_the_end_moved():
    sql("DELETE FROM images_auditentry WHERE number > 6")
    last = AuditEntry.objects.get(number=6)
    sql("UPDATE images_audithead SET number = 6, digest = %s", last.digest)
    assert findings() == [(Fault.END, 0)]
    audit.record(event=TeamEvent.ADDED, actor=None)  # people go on working, and the finding stays
    assert (Fault.END, 0) in findings()


@pytest.mark.parametrize("number", [0, 6])
def test_an_older_end_put_back_is_seen_by_who_kept_a_later_one(number):
    """Only a witness outside of the database can tell, and the command prints what it needs."""
    kept = str(AuditHead.objects.get().number) + ":" + AuditHead.objects.get().digest
    sql("DELETE FROM images_auditentry WHERE number > %s", number)
    AuditHead.objects.all().delete()
    if not number:
        assert findings() == []
    assert (Fault.EXPECTED, COUNT) in findings(expect=kept)


def test_the_end_removed():
    AuditHead.objects.all().delete()
    assert findings() == [(Fault.END, 0)]
    audit.record(event=TeamEvent.ADDED, actor=None)
    assert (Fault.END, 0) in findings()


def test_everything_emptied_but_the_end():
    sql("DELETE FROM images_auditentry")
    assert findings() == [(Fault.CUT_OFF, 1)]


def test_keys_are_changed_and_the_old_ones_still_verify(settings):
    old = list(settings.AUDIT_KEYS)
    settings.AUDIT_KEYS = ["another-key", *old]
    audit.record(event=TeamEvent.ADDED, actor=None)
    assert findings() == []
    settings.AUDIT_KEYS = ["another-key"]
    assert {fault for fault, _number in findings()} == {Fault.KEY}


def test_the_command_fails_and_says_where():
    sql("DELETE FROM images_auditentry WHERE number = 4")
    out = io.StringIO()
    with pytest.raises(CommandError, match="not as it was written"):
        call_command("verify_audit", stdout=out)
    assert "REMOVED at 4: Place 4 is missing." in out.getvalue()


def test_memory_does_not_grow_with_the_chain(monkeypatch):
    """3,000 rows more cost less than 100 kB more."""
    monkeypatch.setattr("images.audit.services.verifying._CHUNK", 100)

    def peak() -> int:
        tracemalloc.start()
        assert list(verify(Report())) == []
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    monkeypatch.setattr("images.audit.services.recording.seal", lambda: 0)
    for _n in range(BATCH + 100):
        audit.record(event=TeamEvent.ADDED, actor=None)
    seal()
    small = peak()
    for _n in range(2 * BATCH):
        audit.record(event=TeamEvent.ADDED, actor=None)
    seal()
    assert peak() < small + 100_000
