"""The page of one image: what it shows, to whom, behind which tab."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from images.cache.models.image import Image, ImageChange
from images.cache.queries.lineage import lineage_of
from images.clouds.models import Project
from tests import factories
from tests.conftest import person


@pytest.fixture
def project(db):
    return factories.project()


def put(project, **attributes) -> Image:
    data = factories.document(1, project.project_id) | attributes
    factories.put(project, data)
    return Image.objects.get(image_id=data["id"], project=project)


def shown(client, image, tab="") -> str:
    answer = client.get(f"/images/{image.pk}/", {"tab": tab} if tab else {})
    assert answer.status_code == 200
    return answer.content.decode()


def test_attributes_in_groups_with_human_units_and_raw_values(as_viewer, project):
    image = put(project, min_disk=40, min_ram=2048, __image_size="42949672960", name="web-01", strange="kept <b>")
    text = shown(as_viewer, image)
    for words in ("Identity", "Hardware", "40 GB", "2 GB", "42.9 GB", "42949672960", "Other attributes", "strange",
                  "kept &lt;b&gt;", "web-01", image.image_id):  # fmt: skip
        assert words in text, words
    assert "<b>" not in text.replace("<body", "")


@pytest.mark.parametrize("tab", ["attributes", "history", "lineage", "members", "use", "json"])
def test_each_tab_has_its_url_as_page_and_as_part(as_viewer, project, tab):
    image = put(project)
    page = shown(as_viewer, image, tab)
    assert page.count("<h1") == 1
    assert 'aria-current="page">' in page
    part = as_viewer.get(f"/images/{image.pk}/?tab={tab}", headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<div id="tab">')
    assert "HX-Request" in part["Vary"]


def test_a_tab_that_does_not_exist_is_the_first_one(as_viewer, project):
    assert 'id="tab-attributes" href' in shown(as_viewer, put(project), "nonsense")


def test_document_is_what_ims_sent(as_viewer, project):
    image = put(project, odd={"a": [1, None]}, name='x"<y>')
    assert "&quot;odd&quot;: {" in shown(as_viewer, image, "json")


def test_tags_lead_to_the_list(as_viewer, project):
    text = shown(as_viewer, put(project, tags=["env=prod", "golden"]))
    assert "/images/?q=tag%3Aenv%3Dprod" in text
    assert "/images/?q=tag%3Agolden" in text


def test_history_tells_old_and_new(as_viewer, project):
    image = put(project, name="before", tags=["env=test", "team=core"], min_disk=10)
    put(project, name="after", tags=["env=prod", "team=core"], min_disk=40)
    text = shown(as_viewer, image, "history")
    assert "<del>before</del>" in text
    assert "<ins>after</ins>" in text
    assert "<del>env=test</del>" in text
    assert "<ins>env=prod</ins>" in text
    assert "team=core" not in text
    assert "<del>10 GB</del>" in text


def test_lineage_shows_source_and_copies(as_viewer, project):
    root = factories.document(1, project.project_id, name="root")
    middle = factories.document(2, project.project_id, name="middle", __originalimagename=root["id"])
    leaf = factories.document(3, project.project_id, name="leaf", __originalimagename=middle["id"])
    factories.put(project, root, middle, leaf)
    text = shown(as_viewer, Image.objects.get(name="middle"), "lineage")
    assert text.index(">root<") < text.index(">middle<", text.index(">root<")) < text.index(">leaf<")


def test_copies_whose_time_is_not_known_come_last(project):
    """On every database; the latest are what somebody looks for."""
    root = factories.document(1, project.project_id, name="root")
    made = {"timeless": None, "older": "2026-01-01T00:00:00Z", "newer": "2026-02-01T00:00:00Z"}
    copies = [
        factories.document(n, project.project_id, name=name, created_at=at, __originalimagename=root["id"])
        for n, (name, at) in enumerate(made.items(), start=2)
    ]
    factories.put(project, root, *copies)
    found = lineage_of(person("boss", is_superuser=True), Image.objects.get(name="root"))
    assert [image.name for image in found.copies] == ["newer", "older", "timeless"]


def test_lineage_that_goes_in_a_circle_ends(as_viewer, project):
    one = factories.document(1, project.project_id)
    two = factories.document(2, project.project_id, __originalimagename=one["id"])
    one["__originalimagename"] = two["id"]
    factories.put(project, one, two)
    assert "this image" in shown(as_viewer, Image.objects.get(image_id=one["id"]), "lineage")


def test_source_that_is_gone_is_named(as_viewer, project):
    gone = "0" * 8 + "-0000-4000-8000-" + "0" * 12
    text = shown(as_viewer, put(project, __originalimagename=gone), "lineage")
    assert gone in text
    assert "gone, or in a project" in text


def test_snippets_quote_what_images_are_called(as_viewer, project):
    text = shown(as_viewer, put(project, name="a${evil}\"b'c"), "use")
    assert "a$${evil}" in text
    assert "terraform" in text.lower()


def test_strange_documents_do_not_break_the_page(as_viewer, project):
    image = put(project, min_ram="many", created_at="yesterday", __os_feature_list="[oops", protected="perhaps",
                __originalimagename="../..", locations=[{"url": "x"}], __support_agent_list="hss,ces")  # fmt: skip
    text = shown(as_viewer, image)
    for words in ("many", "yesterday", "[oops", "perhaps", "../..", "hss, ces"):
        assert words in text, words


def test_what_nobody_may_see_is_not_there(as_viewer, project):
    image = put(project)
    assert as_viewer.get(f"/images/{image.pk}/").status_code == 200
    Project.objects.update(enabled=False)
    for path in (f"/images/{image.pk}/", f"/images/{image.pk}/members/", lasting(image)):
        assert as_viewer.get(path).status_code == 404, path


def test_members_of_foreign_images_are_not_ours_to_ask(as_viewer, project):
    image = put(project, owner="f" * 32, visibility="shared")
    assert 'id="tab-members"' not in shown(as_viewer, image)
    assert as_viewer.get(f"/images/{image.pk}/members/").status_code == 404


def lasting(image: Image) -> str:
    return f"/images/by-id/{image.region.name}/{image.image_id}/"


def test_lasting_address_leads_to_the_page_then_to_the_history(as_viewer, project):
    image = put(project, name="brief")
    assert as_viewer.get(lasting(image)).url == f"/images/{image.pk}/"
    factories.put(project, gone=(image.pk,))
    answer = as_viewer.get(lasting(image))
    assert answer.status_code == 410
    assert b"The image was gone." in answer.content
    assert b"brief" in answer.content


def test_history_of_a_project_that_one_may_not_see_is_not_told(as_viewer, project):
    image = put(project)
    factories.put(project, gone=(image.pk,))
    Project.objects.update(enabled=False)
    assert as_viewer.get(lasting(image)).status_code == 404


def test_long_history_is_cut_and_counted(as_viewer, project):
    image = put(project)
    now = timezone.now()
    ImageChange.objects.bulk_create(
        ImageChange(
            region_name=project.region.name,
            project_id_at_cloud=project.project_id,
            project_name=project.name,
            image_id=image.image_id,
            image_name="n",
            kind="changed",
            attribute="name",
            old=json.dumps(str(n)),
            new=json.dumps(str(n + 1)),
            observed_at=now - timedelta(minutes=n),
        )
        for n in range(205)
    )
    assert "5 older changes" in shown(as_viewer, image, "history")


@pytest.mark.parametrize("path", ["", "members/"])
def test_wrong_methods_and_strangers(as_viewer, anonymous, project, path):
    image = put(project)
    url = f"/images/{image.pk}/{path}"
    assert as_viewer.post(url).status_code == 405
    assert anonymous.get(url).url == f"/accounts/login/?next={url}"
    assert as_viewer.get(f"/images/999999/{path}").status_code == 404


def test_queries_do_not_grow_with_what_is_shown(as_viewer, project, django_assert_max_num_queries):
    documents = [factories.document(n, project.project_id) for n in range(60)]
    for data in documents[1:]:
        data["__originalimagename"] = documents[0]["id"]
    factories.put(project, *documents)
    image = Image.objects.get(image_id=documents[0]["id"])
    for tab in ("attributes", "history", "lineage", "use", "json"):
        with django_assert_max_num_queries(12):
            as_viewer.get(f"/images/{image.pk}/?tab={tab}")
