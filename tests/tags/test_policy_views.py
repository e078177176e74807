"""Screens of tag policies: who sees and changes them, the preview before anything is saved, and the way to mend."""

import re
import uuid
from html import unescape

import pytest

from images.access.enums import Role
from images.audit.models import AuditEntry
from images.cache.models.image import Image
from images.tags.models.policy import TagPolicy
from images.tags.rules.policy import TagRule
from images.tags.services import policy
from images.tags.services.policy import WantedPolicy
from tests import factories
from tests.catalogue.test_act_views import plain, text
from tests.conftest import grant

HTMX = {"HX-Request": "true", "HX-Target": "preview"}
ENV = TagRule("env", values=("prod", "dev"), note="Where it runs.")


@pytest.fixture
def project(db):
    made = factories.project()
    tagged = [["env.prod"], ["env.test"], ["Env.prod"], []]
    factories.put(made, *(plain(n, made.project_id, tags=tags) for n, tags in enumerate(tagged)))
    return made


def url(where, more: str = "") -> str:
    return f"/tags/policy/{getattr(where, 'pk', where)}/{more}"


def save(actor, project, *rules: TagRule, **more) -> None:
    policy.save(actor=actor, project=project, wanted=WantedPolicy(rules, **more))


def typed(*rows: dict, version: int = 0, **more) -> dict[str, str]:
    found = {"version": str(version), "rows": str(len(rows)), "inherits": "on", **more}
    for place, row in enumerate(rows):
        found |= {f"{name}_{place}": value for name, value in ({"need": "required", "spelling": "on"} | row).items()}
    return found


def test_everybody_in_the_project_reads_and_administrators_change(as_viewer, viewer, admin, project):
    save(admin, project, ENV)
    page = text(as_viewer.get(url(project)))
    assert "3 of 4 images break it" in page
    assert "env is required. Values: prod, dev. Where it runs." in page
    assert "Only administrators of" in page
    assert as_viewer.get(url(project, "change/")).status_code == 403
    assert as_viewer.post(url(project, "change/"), typed({"key": "x"}, save="1")).status_code == 403
    grant(viewer, Role.ADMINISTRATOR, project=project)
    assert as_viewer.get(url(project, "change/")).status_code == 200
    assert as_viewer.get(url("all", "change/")).status_code == 403
    for where in ("999", "nothing"):
        assert as_viewer.get(url(where)).status_code == 404


def test_the_preview_counts_before_anything_is_saved(as_admin, project):
    row = {"key": "env", "values": "prod, dev"}
    answer = as_admin.post(url(project, "change/"), typed(row, look="1"), headers=HTMX)
    assert "<html" not in answer.content.decode()
    page = text(answer)
    assert "3 of 4 images would break it. Now it is 0." in page
    assert all(one in page for one in ("env is missing 2", "Env is misspelled 1", "env has a wrong value 1"))
    assert not TagPolicy.objects.exists()
    half = as_admin.post(url(project, "change/"), typed({"key": "env", "pattern": "(["}, look="1"), headers=HTMX)
    assert "None of 4 images would break it" in text(half)


def test_a_policy_is_saved_and_its_changes_are_told(as_admin, as_viewer, project):
    row = {"key": "env", "values": 'prod, dev, ""', "pattern": "[a-z]+", "note": "Where"}
    answer = as_admin.post(url(project, "change/"), typed(row, save="1", binding="on"))
    assert answer["Location"] == url(project)
    again = as_admin.get(url(project, "change/")).content.decode()
    assert 'value="prod, dev, &quot;&quot;"' in again
    dropped = {"key": "env", "drop": "on"}
    as_admin.post(url(project, "change/"), typed(dropped, {"key": "team"}, save="1", version=1))
    page = text(as_viewer.get(url(project)))
    assert "breaches are was refused is told" in page
    assert "env was required; Values: prod, dev, (no value), or what matches [a-z]+; Where removed" in page
    assert "team is required" in page
    assert AuditEntry.objects.filter(event="tag_policy.changed", project_pk=project.pk).count() == 2


def test_what_makes_no_sense_is_told_at_its_field_and_the_typing_stays(as_admin, project):
    rows = ({"key": "a=b"}, {"key": "team", "pattern": r"(\w)\1"}, {"key": "env", "values": "x=y"})
    answer = as_admin.post(url(project, "change/"), typed(*rows, save="1"))
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert 'value="a=b"' in page
    assert 'id="id_key_0_error"' in page
    assert "This pattern cannot be used" in page
    assert "“x=y”: None of these characters" in page
    assert not TagPolicy.objects.exists()
    for bad in ({"rows": "x", "version": "0", "save": "1"}, {"rows": "999999", "version": "-1", "save": "1"}):
        assert as_admin.post(url(project, "change/"), bad).status_code == 422


def test_somebody_who_was_slower_overwrites_nothing(as_admin, admin, project):
    save(admin, project, ENV)
    answer = as_admin.post(url(project, "change/"), typed({"key": "team"}, save="1", version=0))
    assert answer.status_code == 409
    assert 'value="team"' in answer.content.decode()
    assert "Somebody else changed the policy meanwhile" in text(answer)
    assert TagPolicy.objects.get().version == 1


def test_another_row_without_scripts(as_admin, project):
    answer = as_admin.post(url(project, "change/"), typed({"key": "env"}, more="1"))
    page = answer.content.decode()
    assert 'name="key_1"' in page
    assert 'value="env"' in page
    assert "autofocus" in page[page.index('name="key_1"') - 50 : page.index('name="key_1"') + 200]


def test_breaches_lead_to_their_images_and_to_the_form_that_mends_them(as_admin, as_viewer, admin, project):
    save(admin, project, ENV)
    assert "/images/act/tag/" not in as_viewer.get(url(project)).content.decode()
    page = unescape(as_admin.get(url(project)).content.decode())
    links = [part.split('"')[0] for part in page.split('href="') if part.startswith("/images/")]
    shown = next(link for link in links if "missing" in link and "/act/" not in link)
    assert "2 images" in text(as_admin.get(shown))
    spelled = next(link for link in links if "/act/tag/" in link and "spelling" in link)
    form = text(as_admin.get(spelled))
    assert "Tag 1 image" in form
    assert "removed − Env=prod added + env=prod" in form


def test_the_overview_names_each_project_and_the_default(as_admin, admin, project):
    other = factories.project("other")
    factories.put(other, plain(9, other.project_id, tags=[]))
    save(admin, None, TagRule("team"))
    save(admin, other, ENV, binding=True)
    page = text(as_admin.get("/tags/policy/"))
    assert "5 images break the policies of their projects" in page
    assert "other eu-west-0 2 rules binding 1 images that break it 1" in page
    assert "1 rule by default 4" in page


def test_the_list_finds_counts_and_shows_what_is_broken(as_admin, admin, project):
    save(admin, project, ENV)
    page = text(as_admin.get("/images/?q=policy%3Abroken&columns=name,policy&sort=-policy"))
    assert "Clear all 3 images" in page
    assert "env has a wrong value" in page
    assert "env is missing +1" in page
    assert "web-0" in text(as_admin.get("/images/?q=policy%3Akept"))
    assert "env is missing 2" in text(as_admin.get("/images/facet/policy/"))
    exported = as_admin.get("/images/export/csv/?q=policy%3Avalue:env&columns=name,policy")
    assert b"".join(exported.streaming_content).decode().splitlines()[1:] == ["web-1,value:env"]
    suggested = text(as_admin.get("/images/complete/?text=policy:mis"))
    assert "missing:env" in suggested


def image(number: int) -> Image:
    return Image.objects.get(name=f"web-{number}")


def test_the_card_of_tags_tells_what_is_broken_and_refuses_at_the_field(as_admin, admin, project):
    save(admin, project, ENV, binding=True)
    place = f"/images/{image(3).pk}/tags/"
    page = as_admin.get(place)
    assert "The tag “env” is required. Values: prod, dev. Where it runs. Mend" in text(page)
    form = as_admin.get(place + "?add=env").content.decode()
    assert re.search(r'id="id_tag_key"[^>]*value="env"|value="env"[^>]*id="id_tag_key"', form)
    known = {"key": uuid.uuid4().hex, "do": "add", "tag_key": "env", "tag_value": "test"}
    answer = as_admin.post(place, known)
    assert answer.status_code == 422
    assert 'id="id_tag_value_error"' in answer.content.decode()
    assert as_admin.post(place, known | {"tag_value": "dev"}).status_code == 302
    assert "env=test" not in text(as_admin.get(place))


def test_completion_names_first_what_the_policy_asks_and_nothing_that_it_bars(as_admin, admin, project):
    save(admin, project, TagRule("owner", values=("eve", "bob")), TagRule("*", need="barred"))
    words = f"/images/tag-words/?project={project.pk}"
    keys = re.findall(r'value="([^"]*)"', as_admin.get(words).content.decode())
    assert keys == ["owner"]
    assert re.findall(r'value="([^"]*)"', as_admin.get(words + "&tag_key=owner").content.decode()) == ["eve", "bob"]
    assert "env" in as_admin.get("/images/tag-words/?project=9").content.decode()


def test_many_images_are_warned_of_or_left_out(as_admin, admin, project):
    steps = {"image": [image(0).pk, image(3).pk], "do_1": "set", "key_1": "env", "value_1": "test"}
    save(admin, project, ENV)
    assert "2 images will break the tag policy: “env” does not have one" in text(
        as_admin.get("/images/act/tag/", steps)
    )
    save(admin, project, ENV, binding=True, version=1)
    assert "2 images cannot: “env” does not have one" in text(as_admin.get("/images/act/tag/", steps))


def test_a_new_image_is_checked_where_it_is_asked_for(as_admin, admin, project):
    save(admin, project, ENV, TagRule("team", need="allowed", values=("a",)), binding=True)
    place = "/images/create/?from=server"
    form = text(as_admin.get(place))
    assert "env is required : Values: prod, dev. Where it runs." in form.replace("required:", "required :")
    asked = {"project": project.pk, "name": "new", "instance_id": str(uuid.uuid4()), "key": uuid.uuid4().hex}
    tags = {"tag_0_key": "team", "tag_0_value": "b"}
    answer = as_admin.post(place, asked | tags)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_tag_0_value_error"' in page
    assert 'id="id_tag_1_key_error"' in page
    save(admin, project, ENV, version=1)
    told = text(as_admin.post(place, asked | tags))
    assert "It will break the tag policy of the project The tag “env” is required." in told
