"""Exports: the whole filter, chosen columns, exact values, nothing that a spreadsheet would run."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.catalogue.views.export import escape_formula
from tests.search import listing

CSV, JSON = "/images/export/csv/", "/images/export/json/"


def body(response) -> str:
    return b"".join(response.streaming_content).decode()


@pytest.fixture
def shelf(db):
    demo = listing.project("demo")
    for number in range(1, 58):
        listing.image(number, {"env": "prod"}, name=f"web-{number:02d}", project=demo, size=number)
    listing.image(60, {"a": "b", "bare": ""}, name='=HYPERLINK("http://x")', project=demo, min_ram=2048, key_id="k")
    listing.publish()


def test_csv_holds_every_match_in_the_order_of_the_list(as_viewer, shelf):
    response = as_viewer.get(CSV, {"q": "web", "sort": "name", "columns": "name,size,tags", "size": 25, "page": 2})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="images-')
    rows = list(csv.reader(io.StringIO(body(response).removeprefix("\ufeff"))))
    assert rows[0] == ["name", "size_bytes", "tags"]
    assert [row[0] for row in rows[1:]] == [f"web-{n:02d}" for n in range(1, 58)]
    assert rows[1] == ["web-01", "1", "env=prod"]


def test_a_cell_that_looks_like_a_formula_is_disarmed(as_viewer, shelf):
    rows = list(csv.reader(io.StringIO(body(as_viewer.get(CSV, {"q": "hyperlink"})))))
    assert rows[1][0] == '\'=HYPERLINK("http://x")'


@given(st.text(max_size=20))
def test_no_cell_begins_a_formula(text):
    assert not escape_formula(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_json_has_exact_values_with_their_types(as_viewer, shelf):
    columns = "name,project,region,tags,ram,encrypted,created,protected"
    (one,) = json.loads(body(as_viewer.get(JSON, {"q": "is:encrypted", "columns": columns})))
    assert one == {
        "name": '=HYPERLINK("http://x")', "project": "demo", "region": "eu-west-0", "tags": ["a=b", "bare"],
        "min_ram_mb": 2048, "encrypted": True, "created": "2026-01-03T12:00:00Z", "protected": False,
    }  # fmt: skip


def test_all_columns_can_be_exported(as_viewer, shelf):
    from images.search.filters.state import COLUMNS

    rows = json.loads(body(as_viewer.get(JSON, {"columns": ",".join(COLUMNS)})))
    assert len(rows) == 58
    assert len(rows[0]) == len(COLUMNS)


def test_nothing_is_a_file_too(as_viewer, shelf):
    assert json.loads(body(as_viewer.get(JSON, {"q": "zzz"}))) == []
    assert body(as_viewer.get(CSV, {"q": "zzz", "columns": "name"})) == "\ufeffname\r\n"


def test_a_search_that_is_not_understood_is_not_exported(as_viewer, shelf):
    response = as_viewer.get(CSV, {"q": "statsu:active"})
    assert response.status_code == 422
    assert "statsu:active" in response.content.decode()


def test_other_formats_are_not_there(as_viewer, db):
    assert as_viewer.get("/images/export/xlsx/").status_code == 404


def test_anonymous_is_sent_to_sign_in(anonymous, db):
    assert anonymous.get(CSV)["Location"].startswith("/accounts/login/")
