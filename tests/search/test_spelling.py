"""A letter with a mark is found whichever way it is written, as one character or as two."""

import re
import unicodedata

import pytest
from django.urls import reverse

from images.cache.models.image import Image
from images.core.spelling import spellings
from images.partners.models import Partner
from images.search.filters import parse
from images.search.models import SavedView
from tests import factories

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db]

FORMS = ("NFC", "NFD")


def form(name: str, text: str) -> str:
    return unicodedata.normalize(name, text)


def found(client, query: str) -> list[str]:
    page = client.get(reverse("images:list"), {"q": query}).content.decode()
    names = re.findall(r'<th scope="row" class="name"><a[^>]*>([^<]*)</a>', page)
    return sorted(form("NFC", name) for name in names)


@pytest.fixture(params=FORMS)
def shelf(request, db) -> str:
    """An image whose name, description and tags are written in this form; returns it."""
    project = factories.project()
    texts = {"name": "Größe Ä1", "__description": "für Öfen", "tags": ["Müll=Käse", "плоский=й"]}
    sent = {key: [form(request.param, one) for one in value] if isinstance(value, list) else form(request.param, value)
            for key, value in texts.items()}  # fmt: skip
    factories.put(
        project, factories.document(1, project.project_id, **sent),
        factories.document(2, project.project_id, name="Grosse A1", tags=["Mull=Kase"], __description="x"),
    )  # fmt: skip
    return request.param


@pytest.mark.parametrize("typed", FORMS)
@pytest.mark.parametrize(
    "query",
    [
        "Größe", "größe", "Öfen", '"größe ä"', 'name:"Größe Ä1"', "name:Grö*", 'name:"Größe*"', "tag:Müll",
        "tag:Müll=Käse", "tag:Mü*", "tag:Müll=Kä*", "tag:плоский=й", "alltags:Müll=Käse,плоский=й", "anytag:Müll=Käse",
    ],
)  # fmt: skip
def test_names_descriptions_and_tags(as_admin, shelf, typed, query):
    """O20."""
    assert found(as_admin, form(typed, query)) == ["Größe Ä1"]
    assert found(as_admin, form(typed, f"-{query}")) == ["Grosse A1"]


def test_what_is_shown_and_kept_is_as_the_service_has_it(as_admin, shelf):
    image = Image.objects.get(name=form(shelf, "Größe Ä1"))
    assert {tag.key for tag in image.tags.all()} == {form(shelf, "Müll"), form(shelf, "плоский")}
    page = as_admin.get(reverse("images:detail", args=[image.pk])).content.decode()
    assert form(shelf, "Größe Ä1") in page


def test_both_ways_of_writing_are_one_question():
    assert parse(form("NFC", "tag:Müll=Käse größe")) == parse(form("NFD", "tag:Müll=Käse größe"))
    assert spellings("plain") == ("plain",)
    assert set(spellings(form("NFD", "ü"))) == {form("NFC", "ü"), form("NFD", "ü")}


@pytest.mark.parametrize("typed", FORMS)
@pytest.mark.parametrize("kept", FORMS)
def test_partners(as_admin, db, kept, typed):
    Partner.objects.create(project_id="f" * 32, name=form(kept, "Bücher Köln"))
    page = as_admin.get(reverse("images:partners"), {"text": form(typed, "bücher")}).content.decode()
    assert form(kept, "Bücher Köln") in page


@pytest.mark.parametrize("typed", FORMS)
def test_a_saved_view_finds_and_is_found(as_admin, shelf, typed):
    saved = {"name": form(typed, "Große Öfen"), "q": form(typed, "tag:Müll=Käse")}
    as_admin.post(reverse("images:saved_view_add"), saved)
    view = SavedView.objects.get()
    assert view.name == form("NFC", "Große Öfen")
    page = as_admin.get(f"{reverse('images:list')}?{view.query}").content.decode()
    assert form(shelf, "Größe Ä1") in page
    again = as_admin.post(reverse("images:saved_view_add"), saved | {"name": form("NFD", "Große Öfen")})
    assert (again.status_code, SavedView.objects.count()) == (422, 1)
