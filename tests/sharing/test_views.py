"""Sharing on screen: the preview with its reasons, the page of what is shared out, taking back, the address book."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from images.access.enums import Role
from images.cache.models.image import Image
from images.operations.enums import OperationState
from images.operations.models.consent import Consent
from images.operations.models.operation import Operation
from images.operations.services.consent import set_policy
from images.partners.models import Partner
from images.sharing.models import Share
from images.sharing.services import sharing
from tests import factories
from tests.conftest import PASSWORD, person

PARTNER, FAR, BARRED, NOBODY = "e" * 32, "f" * 32, "b" * 32, "0" * 32


@pytest.fixture
def project(db):
    project = factories.project()
    plain = {"status": "active", "protected": False, "virtual_env_type": "FusionCompute"}
    documents = [
        factories.document(1, project.project_id, **plain, name="web"),
        factories.document(2, project.project_id, **plain, name="full", __whole_image="true"),
        factories.document(3, project.project_id, **plain, name="secret", __system__cmkid="k"),
        factories.document(4, project.project_id, **plain, name="db"),
    ]
    factories.put(project, *documents)
    Partner.objects.create(project_id=PARTNER, name="Contoso", region="eu-west-0")
    Partner.objects.create(project_id=FAR, name="Far", region="eu-west-1")
    Partner.objects.create(project_id=BARRED, name="Barred", trust="barred")
    return project


@pytest.fixture
def as_operator(client, project):
    person("operator", Role.OPERATOR, project=project)
    client.login(username="operator", password=PASSWORD)
    return client


def image(name: str) -> Image:
    return Image.objects.get(name=name)


def share(of: Image | None, recipient: str = PARTNER, status: str = "pending", days: int = 1, **columns) -> Share:
    when = timezone.now() - timedelta(days=days)
    told = {"image_uid": of.image_id if of else "gone", "image_name": of.name if of else "gone"} | columns
    project = factories.project()
    return Share.objects.create(
        project=project, image=of, recipient=recipient, status=status, shared_at=when, changed_at=when, **told
    )


def preview(client, *names: str, **typed):
    chosen = [image(name).pk for name in names]
    return client.post("/images/act/share/", {"image": chosen, **typed})


def confirmed(client, page, **typed):
    form = page.context["form"]
    images = ",".join(str(pk) for pk in page.context["choice"].ids)
    hidden = {"key": form.initial["key"], "fingerprint": form.initial["fingerprint"], "images": images}
    return client.post("/images/act/share/", {**hidden, **typed})


def test_preview_says_what_cannot_be_shared_and_why(as_operator, project):
    share(image("db"))
    page = preview(as_operator, "web", "full", "secret", "db", key="x", look="1", recipient=[PARTNER, FAR])
    judged, plan = page.context["judged"], page.context["form"].plan
    assert {group.code: group.names for group in judged.groups} == {"IMG.0135": ["full"], "IMG.0098": ["secret"]}
    assert [target.name for target in plan.targets] == ["web"]
    assert (plan.pairs, plan.present) == (1, 1)
    assert [(one.party.name, one.code, one.count) for one in plan.left_out] == [("Far", "IMG.0177", 2)]
    assert Operation.objects.count() == 0


def test_what_is_confirmed_is_written_for_those_who_lack_it(as_operator):
    share(image("db"), NOBODY)
    done = confirmed(as_operator, preview(as_operator, "web", "db"), recipient=[PARTNER], pasted=NOBODY)
    operation = Operation.objects.get()
    assert done["Location"] == f"/operations/{operation.pk}/"
    asked = dict(operation.items.values_list("image_name", "parameters"))
    assert asked == {"web": {"project_ids": [PARTNER, NOBODY]}, "db": {"project_ids": [PARTNER]}}


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({}, "Tick a recipient"),
        ({"pasted": "not an id!"}, "IMG.0067"),
        ({"recipient": [BARRED]}, "Barred is barred"),
        ({"recipient": [FAR]}, "Nothing would be shared"),
    ],
)
def test_recipients_that_cannot_be(as_operator, typed, why):
    again = confirmed(as_operator, preview(as_operator, "web"), note="kept", **typed)
    assert again.status_code == 422
    assert why in again.content.decode()
    assert 'value="kept"' in again.content.decode()
    assert not Operation.objects.exists()


def test_more_than_128_recipients(as_operator):
    for number in range(127):
        share(image("web"), f"{number:032x}")
    again = confirmed(as_operator, preview(as_operator, "web"), recipient=[PARTNER], pasted="9" * 32)
    assert "IMG.0088" in again.content.decode()
    assert confirmed(as_operator, preview(as_operator, "web"), recipient=[PARTNER]).status_code == 302


def test_consent_is_announced_asked_for_and_given_on_its_page(as_operator, project, client):
    admin = person("boss", Role.ADMINISTRATOR, project=project)
    set_policy(actor=admin, project=project, for_share=True, days=2)
    page = preview(as_operator, "web")
    assert "A second person has to agree" in page.content.decode()
    confirmed(as_operator, page, recipient=[PARTNER], note="for the trial")
    asked = Consent.objects.get()
    shown = as_operator.get(f"/consents/{asked.pk}/").content.decode()
    assert "You asked for this; somebody else has to agree." in shown
    assert as_operator.post(f"/consents/{asked.pk}/", {"decision": "give"}).status_code == 403
    person("approver", Role.APPROVER, project=project)
    client.login(username="approver", password=PASSWORD)
    assert "web" in client.get("/consents/").content.decode()
    shown = client.get(f"/consents/{asked.pk}/").content.decode()
    assert "for the trial" in shown
    assert "Contoso" in shown
    assert client.post(f"/consents/{asked.pk}/", {"decision": "refuse"}).status_code == 422
    assert client.post(f"/consents/{asked.pk}/", {"decision": "give", "comment": "yes"}).status_code == 302
    assert client.post(f"/consents/{asked.pk}/", {"decision": "give"}).status_code == 409
    assert Operation.objects.get().state == OperationState.WAITING
    assert "approver" in client.get(f"/operations/{asked.operation_id}/").content.decode()


# --- what is shared out ----------------------------------------------------------------------------------------------
def test_page_points_out_what_is_stale(as_operator, project):
    newer = factories.document(9, project.project_id, name="db", status="active", created_at="2026-11-20T00:00:00Z")
    factories.put(project, newer)
    old = Image.objects.filter(name="db").order_by("created_at").first()
    share(image("web"), PARTNER, "accepted")
    share(image("web"), BARRED)
    share(image("web"), NOBODY)
    share(image("full"), PARTNER, days=40)
    share(None, PARTNER)
    share(old, PARTNER)
    Image.objects.filter(name="full").update(status="killed")

    def found(reason: str) -> set[tuple[str, str]]:
        page = as_operator.get("/sharing/", {"stale": reason})
        return {(line.share.image_name, line.share.recipient[:1]) for line in page.context["rows"]}

    assert found("gone") == {("gone", "e")}
    assert found("inactive") == found("waiting") == {("full", "e")}
    assert found("barred") == {("web", "b")}
    assert found("unknown") == {("web", "0")}
    assert found("superseded") == {("db", "e")}
    assert len(found("any")) == 5
    assert len(found("")) == 6


def test_filters_order_and_file(as_operator, project):
    share(image("web"), PARTNER, "accepted", days=3)
    share(image("db"), FAR, "pending", days=2, image_name="=1+1")
    text = as_operator.get("/sharing/", {"text": "conto"}).context["rows"]
    assert [line.share.image_name for line in text] == ["web"]
    ordered = as_operator.get("/sharing/", {"sort": "shared", "way": "up"}).context["rows"]
    assert [line.share.image_name for line in ordered] == ["web", "=1+1"]
    lines = b"".join(as_operator.get("/sharing/csv/?status=pending").streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("'=1+1,")


def test_queries_do_not_grow_with_shares(as_operator, project, django_assert_max_num_queries):
    for number in range(60):
        share(image("web"), f"{number:032x}")
    as_operator.get("/sharing/")
    with django_assert_max_num_queries(16):
        page = as_operator.get("/sharing/")
    assert page.context["page"].paginator.count == 60
    assert len(page.context["rows"]) == 50


def test_shares_of_other_projects_are_not_there(as_operator, project):
    other = factories.project("eu-west-0")
    mine, theirs = share(image("web")), share(image("web"), FAR)
    Share.objects.filter(pk=theirs.pk).update(project=other)
    assert [line.share.pk for line in as_operator.get("/sharing/").context["rows"]] == [mine.pk]
    assert as_operator.post("/sharing/revoke/", {"share": [theirs.pk]}).status_code == 422


def test_taking_back_is_one_operation_with_an_item_an_image(as_operator):
    rows = [share(image("web"), PARTNER), share(image("web"), FAR), share(image("db"), PARTNER), share(None)]
    ids = [one.pk for one in rows]
    asked = as_operator.post("/sharing/revoke/", {"share": ids})
    assert asked.status_code == 200
    assert not Operation.objects.exists()
    for _twice in range(2):
        as_operator.post("/sharing/revoke/", {"share": ids, "key": uuid.UUID(int=7).hex})
    operation = Operation.objects.get()
    asked = dict(operation.items.values_list("image_name", "parameters"))
    assert asked == {"web": {"project_ids": [PARTNER, FAR]}, "db": {"project_ids": [PARTNER]}}
    assert not Share.objects.filter(image=None).exists()


# --- the address book ------------------------------------------------------------------------------------------------
def test_partners_are_added_changed_and_removed(as_operator, project):
    entry = {"project_id": "a" * 32, "name": "New", "organisation": "New SA", "region": "eu-west-0"}
    assert as_operator.post("/sharing/partners/add/", entry).status_code == 302
    made = Partner.objects.get(project_id="a" * 32)
    assert (made.added_by_name, made.trust, made.source) == ("operator", "known", "typed")
    twice = as_operator.post("/sharing/partners/add/", entry)
    assert (twice.status_code, "already" in twice.content.decode()) == (422, True)
    own = as_operator.post("/sharing/partners/add/", entry | {"project_id": project.project_id})
    assert "managed here" in own.content.decode()
    change = f"/sharing/partners/{made.pk}/change/"
    assert as_operator.post(change, {"name": "Newer", "trust": "barred"}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.trust, made.project_id) == ("Newer", "known", "a" * 32)  # operators set no trust
    share(image("web"), made.project_id)
    assert "stays shared" in as_operator.get(f"/sharing/partners/{made.pk}/remove/").content.decode()
    as_operator.post(f"/sharing/partners/{made.pk}/remove/")
    assert not Partner.objects.filter(pk=made.pk).exists()
    assert as_operator.get(f"/sharing/with/{'a' * 32}/").status_code == 200  # it still has an image
    assert as_operator.get(f"/sharing/with/{'c' * 32}/").status_code == 404


def test_administrators_set_the_trust(client, project):
    person("boss", Role.ADMINISTRATOR, project=project)
    client.login(username="boss", password=PASSWORD)
    partner = Partner.objects.get(name="Contoso")
    client.post(f"/sharing/partners/{partner.pk}/change/", {"name": "Contoso", "trust": "barred"})
    partner.refresh_from_db()
    assert partner.trust == "barred"
    assert "barred" in client.get("/sharing/partners/?trust=barred").content.decode()


def test_a_file_adds_what_is_new_and_tells_what_it_cannot_read(as_operator):
    lines = [
        "\ufeffProject_ID;Name;Trust",
        f"{'1' * 32};One;",
        f"{PARTNER};Else;",
        "bad id;Two;",
        f"{'2' * 32};Three;barred",
    ]
    text = "\r\n".join(lines)
    page = as_operator.post("/sharing/partners/import/", {"file": SimpleUploadedFile("p.csv", text.encode())})
    outcome = page.context["outcome"]
    assert [one.name for one in outcome.added] == ["One"]
    assert outcome.present == 1
    assert [number for number, _why in outcome.problems] == [4, 5]
    assert Partner.objects.get(project_id=PARTNER).name == "Contoso"
    for content in (b"x" * 131_073, b"project_id,name\n" + b"x" * 131_073):
        large = as_operator.post("/sharing/partners/import/", {"file": SimpleUploadedFile("p.csv", content)})
        assert large.status_code == 422
        assert "cannot be read" in large.content.decode()
    nothing = as_operator.post("/sharing/partners/import/", {"file": SimpleUploadedFile("p.csv", b"a,b\n1,2\n")})
    assert nothing.status_code == 422


def test_nothing_is_taken_back_of_nothing(project):
    with pytest.raises(sharing.SubmitRefused):
        sharing.revoke(actor=person("other", Role.OPERATOR, project=project), shares=[], key="k")
