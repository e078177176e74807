"""What a page shows stays with who is signed in: one rule for every answer of ours; static files keep their year."""

import pytest

PAGES = ["/", "/images/", "/audit/", "/me/", "/clouds/", "/notices/bell/", "/images/export/csv/", "/nothing/here/"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_private_pages_are_not_stored(as_viewer, path, headers):
    said = as_viewer.get(path, headers=headers)["Cache-Control"]
    assert {"no-store", "private"} <= {one.strip() for one in said.split(",")}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_nor_are_those_before_sign_in(anonymous, path):
    assert "no-store" in anonymous.get(path)["Cache-Control"]


def test_signing_out_empties_the_browsers_caches(as_viewer):
    assert "Clear-Site-Data" not in as_viewer.get("/accounts/logout/")
    assert as_viewer.post("/accounts/logout/")["Clear-Site-Data"] == '"cache"'
