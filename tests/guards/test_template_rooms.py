"""Where a template lies and what it is called: in its room, and after the URL whose page it is."""

from collections import Counter

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from tests.guards.cast import STAFF, build
from tests.guards.tables import ROWS
from tests.guards.test_templates import FOLDER, TEMPLATES, name

#: Folders whose names Django, allauth or we gave to what no room has for itself.
SHARED_FOLDERS = {"account", "allauth", "components", "mfa", "socialaccount", "system"}
#: Pages that several URLs show, or that a URL shows beside its own → those URLs.
PAGES_OF_SEVERAL = {
    "access/elsewhere_away": ["openid_connect_login"],
    "access/entrance": [],
    "access/session_ended": [],
    "access/password_reset_no_mail": ["account_reset_password"],
    "catalogue/detail_gone": ["by_id", "detail"],
    "catalogue/image_now_gone": ["image_now"],
    "catalogue/saved_view_form": ["saved_view_add", "saved_view_change"],
    "accounts/account_form": ["account_add", "account_change"],
    "dashboard/home": ["home", "tile"],
    "making/create_form": ["create"],
    "making/create_preview": ["create"],
    "notices/mail": [],
    "notices/webhook_form": ["webhook_add", "webhook_change"],
    "operations/act_nothing": ["act"],
    "people/people": ["people", "teams"],
    "people/person_ask": ["person_second_factor", "person_sessions"],
    "people/person_form": ["person_add", "person_change"],
    "people/team_form": ["team_add", "team_change"],
    "partners/partner_form": ["partner_add", "partner_change"],
    "tags/tags": ["tags", "tags_list"],
}
#: Files of ours in one folder: more is a list that nobody reads to its end.
MOST_FILES = 36
LONGEST_LINE = 120
URLS = {url.removeprefix("images:") for url in ROWS}


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_line_is_longer_than_a_screen(path):
    long = [number for number, line in enumerate(path.read_text().split("\n"), 1) if len(line) > LONGEST_LINE]
    assert not long


@pytest.mark.parametrize("folder", ["templates", "static"])
def test_no_folder_has_more_files_than_one_reads(folder):
    files = Counter(name(path.parent) for path in (settings.BASE_DIR / folder).rglob("*") if path.is_file())
    assert files
    assert not {where: count for where, count in files.items() if count > MOST_FILES}


def test_a_page_is_called_as_its_url_and_what_pages_are_made_of_begins_with_an_underscore():
    pages = {str(path.relative_to(FOLDER).with_suffix("")) for path in TEMPLATES if path.suffix == ".html"}
    pages = {page for page in pages if page.count("/") == 1 and page.split("/")[0] not in SHARED_FOLDERS}
    pages = {page for page in pages if not page.split("/")[1].startswith("_")}
    of_several = {page for page in PAGES_OF_SEVERAL if page.split("/")[1] not in URLS}
    assert {page for page in pages if page.split("/")[1] not in URLS} == of_several
    assert {url for urls in PAGES_OF_SEVERAL.values() for url in urls} <= URLS


@pytest.mark.django_db
def test_each_url_shows_the_page_of_its_name():
    world = build()
    client = Client()
    client.force_login(world.people[STAFF])
    shown = {}
    for url, row in ROWS.items():
        if row.get is None or not url.startswith("images:"):
            continue
        cache.clear()  # expensive requests under way are counted there
        answer = client.get(row.path.format(**world.own), row.get.data)
        answer.close()
        if answer.status_code == 200 and answer.templates:
            names = [one.name.partition("#")[0].removesuffix(".html") for one in answer.templates]
            shown[url.removeprefix("images:")] = next(
                one for one in names if "/_" not in one and not one.startswith("components/")
            )
    assert len(shown) > 70
    elsewhere = {}
    for url, page in shown.items():
        _room, _slash, called = page.partition("/")
        if called != url and url not in PAGES_OF_SEVERAL.get(page, []):
            elsewhere[url] = page
    assert not elsewhere
