"""Partners from IAM: the projects that an account's credential opens and that nobody has taken in yet."""

import pytest
from django.core.exceptions import PermissionDenied

from images.access.enums import Role
from images.audit.models import AuditEntry
from images.partners import services as partners
from images.partners.enums import Trust
from images.partners.models import Partner
from images.partners.queries import parties, suggested
from images.partners.services import Entry
from tests import factories
from tests.clouds.projects import project_of
from tests.conftest import person

pytestmark = pytest.mark.also_on_postgres

BUILD = "ac234de25c6741d2b1273da49eea1b9e"


def test_what_is_managed_or_in_the_book_is_not_found_again(cloud, admin):
    project = project_of(cloud)
    found = {entry.project_id: entry for entry in partners.projects_found_by(project.account)}
    assert project.project_id not in found
    assert found[BUILD].name == "eu-west-0_build"
    assert found[BUILD].region == "eu-west-0"
    done = partners.import_found(actor=admin, account=project.account, project_ids=[BUILD, "x"], organisation="Us")
    assert [(one.project_id, one.organisation, one.source) for one in done.added] == [(BUILD, "Us", "iam")]
    assert BUILD not in {entry.project_id for entry in partners.projects_found_by(project.account)}
    assert AuditEntry.objects.get(event="partner.added").after["project_id"] == BUILD


def test_only_administrators_of_the_console_sign_in_with_an_account(cloud, db):
    project = project_of(cloud)
    operator = person("operator", Role.OPERATOR, project=project)
    with pytest.raises(PermissionDenied):
        partners.import_found(actor=operator, account=project.account, project_ids=[BUILD])


def test_ours_are_known_by_themselves_and_barred_ones_are_not_suggested(cloud, admin):
    project = project_of(cloud)
    partners.add(actor=admin, entry=Entry("a" * 32, "Contoso", trust="barred"))
    known = parties([project.project_id, "a" * 32, "b" * 32])
    assert (known[project.project_id].own, str(known[project.project_id])) == (True, project.name)
    assert known["a" * 32].is_barred
    assert not known["b" * 32].is_known
    assert [party.project_id for party in suggested(admin, "")] == [project.project_id]
    with pytest.raises(partners.PartnerRefused, match="by itself"):
        partners.add(actor=admin, entry=Entry(project.project_id, "x"))
    assert Partner.objects.count() == 1


def entry(**more) -> Partner:
    return Partner.objects.create(project_id="a" * 32, name="them", organisation="o", **more)


def test_an_entry_that_was_barred_meanwhile_is_not_removed_by_whoever_may_not(db):
    factories.project()
    operator = person("operates", Role.OPERATOR)
    seen = entry()
    Partner.objects.filter(pk=seen.pk).update(trust=Trust.BARRED)
    with pytest.raises(PermissionDenied, match="whom we bar"):
        partners.remove(actor=operator, partner=seen)
    assert Partner.objects.get().trust == Trust.BARRED
