"""The list: one URL, for a page and for htmx, with every state in the query string."""

import re

import pytest
from django.urls import reverse

from images.cache.models.image import Image
from tests.search import listing

pytestmark = pytest.mark.also_on_postgres

URL = "/images/"
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "results"}


@pytest.fixture
def shelf(db):
    demo, other = listing.project("demo"), listing.project("other", "eu-west-1")
    for number in range(1, 61):
        listing.image(
            number, {"env": "prod" if number % 2 else "dev"}, name=f"web-{number:02d}", project=demo,
            platform="Ubuntu" if number % 3 else "CentOS", status="killed" if number == 7 else "active",
        )  # fmt: skip
    listing.image(61, name="<b>bold & co</b>", project=other, size=3 * 10**9, protected=True)
    listing.image(62, name="base", region=listing.region("eu-west-1"), os_version="Debian 10")
    listing.publish()


def text_of(response) -> str:
    return response.content.decode()


def names_in(response) -> list[str]:
    return re.findall(r'<th scope="row" class="name"><a[^>]*>([^<]*)</a>', text_of(response))


def test_the_first_page_has_rows_facets_and_an_exact_position(as_viewer, shelf):
    response = as_viewer.get(URL)
    page = text_of(response)
    assert response.status_code == 200
    assert "1–50 of 62 images, page 1 of 2" in page
    assert names_in(response)[:3] == ["base", "&lt;b&gt;bold &amp; co&lt;/b&gt;", "web-60"]
    assert re.search(r'<span class="v">Ubuntu</span> <span class="n">40</span>', page)
    assert 'aria-sort="descending"' in page
    assert set(response["Vary"].split(", ")) >= {"HX-Request", "HX-Target", "Cookie"}


def test_a_tag_key_leads_to_its_values_by_a_name_that_people_can_read(as_viewer, shelf):
    page = text_of(as_viewer.get(URL))
    assert 'aria-label="Values: env"' in page
    assert "built-in" not in page


def test_the_second_page_and_beyond(as_viewer, shelf):
    assert names_in(as_viewer.get(URL, {"page": 2})) == [f"web-{n:02d}" for n in range(12, 0, -1)]
    beyond = as_viewer.get(URL, {"page": 99})
    assert "51–62 of 62 images, page 2 of 2" in text_of(beyond)


@pytest.mark.parametrize("query", ["page=0", "page=x", "size=7", "sort=nothing", "density=wide", "columns=zzz"])
def test_nonsense_in_the_url_is_named_and_the_default_applies(as_viewer, shelf, query):
    response = as_viewer.get(f"{URL}?{query}")
    assert response.status_code == 200
    assert f"<code>{query}</code>" in text_of(response)
    assert "1–50 of 62" in text_of(response)


def test_a_bad_token_is_named_with_a_better_one_and_the_typing_is_kept(as_viewer, shelf):
    response = as_viewer.get(URL, {"q": "statsu:killed web-0"})
    page = text_of(response)
    assert response.status_code == 200
    assert "there is no field “statsu”" in page
    assert 'value="statsu:killed web-0"' in page
    assert 'aria-describedby="problems"' in page
    assert "9 images" in page
    better = re.search(r'<a href="([^"]*)"><code>status:killed</code>', page)[1]
    assert names_in(as_viewer.get(better)) == ["web-07"]


def test_a_facet_narrows_and_its_link_widens_again(as_viewer, shelf):
    page = text_of(as_viewer.get(URL))
    link = re.search(r'href="([^"]*)"[^>]*><span class="v">CentOS</span>', page)[1]
    assert link == "/images/?q=os:CentOS"
    narrowed = text_of(as_viewer.get(link))
    assert "20 images" in narrowed
    # alternatives of the chosen field keep their own counts; another field counts within the choice
    assert re.search(r'<span class="v">Ubuntu</span> <span class="n">40</span>', narrowed)
    assert re.search(r'<span class="v">active</span> <span class="n">20</span>', narrowed)
    back = re.search(r'href="([^"]*)" class="chosen"[^>]*><span class="v">CentOS</span>', narrowed)[1]
    assert back == "/images/?"
    widened = re.search(r'href="([^"]*)"[^>]*><span class="v">Ubuntu</span>', narrowed)[1]
    assert widened == "/images/?q=os:CentOS,Ubuntu"


def test_tags_and_properties_are_links_too(as_viewer, shelf):
    page = text_of(as_viewer.get(URL, {"q": "web"}))
    assert 'href="/images/?q=web%20tag:env"' in page
    assert 'href="/images/?q=web%20is:protected"' in page
    page = text_of(as_viewer.get(URL, {"q": "is:protected"}))
    assert re.search(r'href="/images/\?q=-is:protected"><span class="v">not protected</span> <span class="n">61', page)


def test_chips_take_conditions_back_one_by_one(as_viewer, shelf):
    page = text_of(as_viewer.get(URL, {"q": "web os:ubuntu,centos -status:killed", "sort": "name"}))
    chips = re.findall(r'<a class="chip" id="chip-\d+" href="([^"]*)"><span>([^<]*)</span>', page)
    assert [label for _href, label in chips] == [
        "“web”", "not status: killed", "OS platform: CentOS", "OS platform: Ubuntu",
    ]  # fmt: skip
    assert chips[2][0] == "/images/?q=web%20-status:killed%20os:Ubuntu&amp;sort=name"
    assert 'id="chips-clear" href="/images/?sort=name"' in page


def test_htmx_gets_the_same_facts_as_the_page(as_viewer, shelf):
    query = {"q": "os:ubuntu", "sort": "name", "size": "25"}
    whole, part = as_viewer.get(URL, query), as_viewer.get(URL, query, **HTMX)
    page, answer = text_of(whole), text_of(part)
    assert "<html" not in answer
    assert names_in(part) == names_in(whole)
    assert answer.count('hx-swap-oob="true"') == 4  # facets, hidden fields twice, the search field
    assert '<div id="status" hx-swap-oob="innerHTML">1–25 of 40 images, page 1 of 2</div>' in answer
    facets = re.compile(r'<span class="v">[^<]*</span> <span class="n">\d+</span>')
    assert facets.findall(answer) == facets.findall(page)
    assert part["HX-Push-Url"] == "/images/?q=os:Ubuntu&sort=name&size=25"


def test_while_somebody_types_the_field_is_left_alone_and_the_url_follows(as_viewer, shelf):
    response = as_viewer.get(URL, {"q": "statu:x web"}, **HTMX, HTTP_HX_TRIGGER="search")
    assert 'id="q"' not in text_of(response)
    assert response["HX-Replace-Url"] == "/images/?q=statu:x%20web"
    assert "HX-Push-Url" not in response


@pytest.mark.parametrize(
    "headers",
    [
        {**HTMX, "HTTP_HX_HISTORY_RESTORE_REQUEST": "true"},
        {"HTTP_HX_REQUEST": "true", "HTTP_HX_BOOSTED": "true"},
        {},
    ],
)
def test_back_and_boosted_links_from_elsewhere_get_a_whole_page(as_viewer, shelf, headers):
    assert "<html" in text_of(as_viewer.get(URL, **headers))


def test_every_column_can_be_shown_and_sorted_both_ways(as_viewer, shelf):
    from images.search.filters.state import COLUMNS

    everything = ",".join(COLUMNS)
    for column in COLUMNS:
        up = names_in(as_viewer.get(URL, {"columns": everything, "sort": column, "size": 250}))
        down = names_in(as_viewer.get(URL, {"columns": everything, "sort": f"-{column}", "size": 250}))
        assert len(up) == len(down) == 62, column
        assert set(up) == set(down), column


def test_exact_values_stand_in_titles(as_viewer, shelf):
    page = text_of(as_viewer.get(URL, {"q": "is:protected"}))
    assert 'title="3,000,000,000 bytes">3 GB<' in page
    assert 'datetime="2026-01-03T13:00:00+00:00" title="2026-01-03 13:00:00 UTC"' in page


def test_times_are_in_the_readers_zone(as_viewer, shelf):
    as_viewer.cookies["tz"] = "Asia/Tokyo"
    assert 'title="2026-01-03 22:00:00 JST"' in text_of(as_viewer.get(URL, {"q": "is:protected"}))


def test_two_empty_states(as_viewer, db):
    assert "No images yet" in text_of(as_viewer.get(URL))
    demo = listing.project("demo")
    listing.image(1, project=demo)
    listing.publish()
    page = text_of(as_viewer.get(URL, {"q": "zzz"}))
    assert "Nothing matches" in page
    assert "No images yet" not in page


def test_what_is_not_reachable_is_said(as_viewer, shelf):
    listing.project("gone", "eu-west-2", error="The service did not answer.", contact_at=listing.EPOCH)
    page = text_of(as_viewer.get(URL))
    assert "gone (eu-west-2) not reachable since 2026-01-01 00:00:00 UTC" in page
    assert "The service did not answer." in page


def test_anonymous_is_sent_to_sign_in(anonymous, db):
    response = anonymous.get(URL)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_list_only_reads(as_viewer, db):
    assert as_viewer.post(URL).status_code == 405


def test_home_leads_to_the_list(as_viewer, db):
    assert f'href="{URL}"' in text_of(as_viewer.get("/"))


def test_every_form_works_without_javascript(as_viewer, shelf):
    page = text_of(as_viewer.get(URL, {"sort": "name"}))
    forms = re.findall(r"<form[^>]*>", page)
    assert all('action="' in form for form in forms if "search" in form or "pager" in form or "looks" in form)
    assert '<input type="hidden" name="sort" value="name">' in page
    assert "hx-on" not in page
    assert "style=" not in page


def test_a_facet_has_a_page_with_all_its_values_and_a_part_for_htmx(as_viewer, shelf):
    demo = listing.project("demo")
    for number in range(100, 120):
        listing.image(number, project=demo, os_version=f"OS {number}")
    listing.publish()
    assert 'id="facet-version-more"' in text_of(as_viewer.get(URL))
    response = as_viewer.get(reverse("images:facet", args=["version"]), {"q": "project:demo"})
    page = text_of(response)
    assert page.count('class="v">OS 1') == 20
    assert "/images/?q=project:demo%20version:%22OS%20100%22" in page
    part = as_viewer.get(reverse("images:facet", args=["version"]), HTTP_HX_REQUEST="true")
    assert text_of(part).lstrip().startswith('<details class="facet" id="facet-version" open>')
    assert as_viewer.get("/images/facet/nothing/").status_code == 404


def test_values_of_a_tag_key(as_viewer, shelf):
    page = text_of(as_viewer.get("/images/facet/tag/", {"key": "env"}))
    assert re.search(r'href="/images/\?q=tag:env=prod"><span class="v">env=prod</span> <span class="n">30', page)


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("sta", "status: "),
        ("status:ac", "status:active "),
        ("web os:ub", "web os:Ubuntu "),
        ("tag:e", "tag:env "),
        ("tag:env=p", "tag:env=prod "),
        ("is:prot", "is:protected "),
        ("-status:k", "-status:killed "),
        ("project:de", "project:demo "),
        ("created:", "created:&gt;2026-01-01 "),
        ("region:eu-west-1,eu-w", "region:eu-west-1,eu-west-0 "),
    ],
)
def test_completion(as_viewer, shelf, text, suggested):
    answer = text_of(as_viewer.get("/images/complete/", {"text": text, "cursor": len(text)}))
    assert f'data-text="{suggested.removesuffix(" ") if suggested.endswith(": ") else suggested}"' in answer


def test_completion_in_the_middle_keeps_the_rest(as_viewer, shelf):
    answer = text_of(as_viewer.get("/images/complete/", {"text": "status:ac web", "cursor": 9}))
    assert 'data-text="status:active " data-after=" web"' in answer


def test_completion_of_nonsense_is_empty_or_fields(as_viewer, shelf):
    assert "<li" not in text_of(as_viewer.get("/images/complete/", {"text": "zzz:y", "cursor": "x"}))
    assert 'data-text="name:"' in text_of(as_viewer.get("/images/complete/", {"text": ""}))


def test_the_help_names_every_field(as_viewer, db):
    page = text_of(as_viewer.get(reverse("images:query_help")))
    assert "<code>anytag:" in page
    assert "__support" not in page
    assert "virtual_env_type" in page


def test_a_preference_is_kept_and_the_url_still_says_it_all(as_viewer, shelf):
    response = as_viewer.post(reverse("images:preference"), {"columns": ["name", "size"], "size": "100", "q": "web"})
    assert response["Location"] == "/images/?q=web&size=100&columns=name,size"
    page = text_of(as_viewer.get(URL))
    assert "62 images" in page
    assert 'id="sort-status"' not in page
    assert "/images/?q=os:Ubuntu&amp;size=100&amp;columns=name,size" in page


@pytest.mark.parametrize("size", [50, 5000])
def test_the_number_of_queries_does_not_grow(as_viewer, db, django_assert_num_queries, size):
    demo = listing.project("demo")
    Image.objects.bulk_create(
        Image(region=demo.region, project=demo, image_id=f"i-{n}", name=f"n-{n}", search_text=f"n-{n}", status="active",
              visibility="private", image_type="private", created_at=listing.EPOCH, digest="0", document="{}")
        for n in range(size)
    )  # fmt: skip
    listing.publish()
    as_viewer.get(URL)
    with django_assert_num_queries(10):  # one of them: what is being done to these?
        as_viewer.get(URL)
