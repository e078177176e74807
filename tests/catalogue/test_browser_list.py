"""The list in a browser: only the results are swapped, each state has its address, everything works without scripts."""

from urllib.parse import parse_qs, urlsplit

from tests.browser.shelf import stock


def query_of(page) -> str:
    return parse_qs(urlsplit(page.url).query).get("q", [""])[0]


def names(page) -> list[str]:
    return page.locator("th.name a").all_inner_texts()


def test_typing_narrows_the_list_and_keeps_the_field(visit, viewer):
    stock()
    window = visit(viewer)
    page = window.open("/images/")
    page.evaluate("window.sameDocument = true")
    field = page.locator("#q")
    window.during(lambda: field.press_sequentially("golden"), url_has="golden")
    window.until("document.querySelectorAll('th.name').length === 1")
    assert names(page) == ["golden"]
    assert field.input_value() == "golden"
    assert field.evaluate("e => e === document.activeElement")
    assert page.evaluate("window.sameDocument") is True
    assert query_of(page) == "golden"
    assert "1" in page.locator("#status").inner_text()


def test_back_and_forward_go_through_the_states(visit, viewer):
    stock()
    window = visit(viewer)
    page = window.open("/images/")
    everything = names(page)
    link = page.locator("#facet-status a").filter(has_text="active")
    window.during(link.click, url_has="status")
    assert query_of(page) == "status:active"
    assert page.locator(".chip").count() == 1
    page.go_back()
    window.settle()
    window.until("document.querySelectorAll('.chip').length === 0")
    assert names(page) == everything
    assert page.get_by_role("heading", level=1).count() == 1
    page.go_forward()
    window.until("document.querySelectorAll('.chip').length === 1")


def test_leaving_and_coming_back_shows_the_whole_page(visit, viewer):
    stock()
    window = visit(viewer)
    page = window.open("/images/")
    window.during(page.locator("#sort-name").click, url_has="sort=")
    window.open("/components/")
    page.go_back()
    assert page.get_by_role("heading", level=1).inner_text() == "Images"
    assert page.locator("header.top").count() == 1


def test_everything_works_without_scripts(visit, viewer):
    stock()
    page = visit(viewer, script=False).open("/images/")
    page.locator("#q").fill("golden")
    page.get_by_role("button", name="Search", exact=True).click()
    assert names(page) == ["golden"]
    page.locator(".chip").first.click()
    assert len(names(page)) > 1
    page.locator("#sort-name").click()
    assert names(page) == sorted(names(page), key=str.casefold)
    page.locator("th.name a").first.click()
    page.get_by_role("link", name="History").click()
    assert "tab=history" in page.url


def test_the_address_can_be_sent_to_a_colleague(visit, viewer):
    stock()
    window = visit(viewer)
    page = window.open("/images/")
    window.during(page.locator("#facet-os a").first.click, url_has="os")
    elsewhere = visit(viewer).open(page.url.removeprefix(window.url))
    assert names(elsewhere) == names(page)
