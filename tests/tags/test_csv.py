"""Tags as CSV: what goes out comes back as it was, and only what somebody changed becomes an operation."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from images.access.enums import Role
from images.cache.models.image import Image
from images.cache.rules.tag_changes import TagStep
from images.core.csv_cells import lossless, unescape
from images.operations.models.operation import Operation
from images.tags.models.file import TagFile
from images.tags.services.csv import layout
from images.tags.services.csv.keeping import clear_expired
from tests import factories
from tests.catalogue.test_act_views import hidden, text
from tests.catalogue.test_act_views import plain as plain_image
from tests.conftest import person

PAGE, DOWNLOAD = "/tags/csv/", "/tags/csv/download/"


@pytest.fixture
def shelf(db) -> dict[str, int]:
    project = factories.project()
    factories.put(
        project,
        plain_image(0, project.project_id, name="=1+1", tags=["env=prod", "n=007"]),
        plain_image(1, project.project_id, tags=["env=dev", "golden"]),
        plain_image(2, project.project_id, tags=[]),
        plain_image(3, project.project_id, tags=[f"k{number}=x" for number in range(10)]),
    )
    foreign = plain_image(4, "f" * 32, name="theirs", __imagetype="shared", visibility="shared", tags=["env=prod"])
    factories.put(project, foreign, member_status="accepted")
    return dict(Image.objects.values_list("name", "pk"))


def download(client, **asked) -> str:
    answer = client.get(DOWNLOAD, {"all": "on", "query": "sort=name", **asked})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(answer.streaming_content).decode()


def rows_of(said: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said.removeprefix("\ufeff"))))


def written(rows: list[dict[str, str]], separator: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def upload(client, content: str | bytes, empties: str = "leave"):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(PAGE, {"file": SimpleUploadedFile("t.csv", data), "empties": empties}, follow=True)


def done() -> dict[str, tuple[list, list]]:
    items = Operation.objects.get().items.order_by("image_name")
    return {
        name: ([(t["key"], t["value"]) for t in said["add"]], [t["key"] for t in said["remove"]])
        for name, said in items.values_list("image_name", "parameters")
    }


def edited(client, change, layout_="wide") -> str:
    rows = rows_of(download(client, layout=layout_))
    for row in rows:
        change(row)
    return written(rows)


def test_a_column_a_key_guarded_and_with_what_the_tags_were(as_viewer, shelf):
    said = download(as_viewer)
    assert said.startswith("\ufeffimage_id,project,region,name,tag:env,tag:golden,tag:k0")
    rows = {row["name"]: row for row in rows_of(said)}
    assert set(rows) == {"'=1+1", "web-1", "web-2", "web-3", "theirs"}
    assert rows["'=1+1"]["tag:n"] == "'007"
    assert rows["web-1"]["tag:golden"] == "<empty>"
    assert rows["web-2"]["tag:env"] == ""
    assert json.loads(rows["web-1"]["tags_at_download"]) == {"env": "dev", "golden": ""}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows.values() for cell in row.values())


def test_ticked_images_and_one_row_a_tag(as_viewer, shelf):
    answer = as_viewer.post(DOWNLOAD, {"images": f"{shelf['web-1']},{shelf['web-2']}", "layout": "long"})
    rows = rows_of(b"".join(answer.streaming_content).decode())
    found = sorted((row["name"], row["key"], row["value"]) for row in rows)
    assert found == [("web-1", "env", "dev"), ("web-1", "golden", "<empty>"), ("web-2", "", "")]
    assert as_viewer.post(DOWNLOAD, {"images": "99999"}).status_code == 422
    assert as_viewer.get(DOWNLOAD, {"all": "on", "query": "q=size:>much"}).status_code == 422


@given(st.text(max_size=30))
def test_any_value_survives_its_cell(value):
    assert unescape(lossless(value)) == value
    assert layout.step_of("k", layout.cell_of(value)) == TagStep("set", "k", value)
    assert not layout.cell_of(value).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("value", ["007", "1.10", "2026-01-01", "true", "1e5", "MAR1", "2-3", "12:30", "1/2", "5 pm"])
def test_what_spreadsheets_rewrite_is_protected(value):
    assert lossless(value) == f"'{value}"


@pytest.mark.parametrize("value", ["prod", "42", "0", "v1.2", "a-b", "december", "marketing", "生产"])
def test_what_they_leave_alone_is_not(value):
    assert lossless(value) == value


@pytest.mark.parametrize("layout_", ["wide", "long"])
@pytest.mark.parametrize("empties", ["leave", "remove"])
def test_a_file_that_nobody_edited_changes_nothing(as_admin, shelf, layout_, empties):
    page = upload(as_admin, download(as_admin, layout=layout_), empties)
    assert page.status_code == 200
    assert "Change 0" in text(page)
    assert "Stay as they are 5" in text(page)
    assert as_admin.post(page.request["PATH_INFO"], hidden(page)).status_code == 422
    assert not Operation.objects.exists()


def test_what_was_edited_is_one_operation_of_only_that(as_admin, shelf):
    def change(row):
        row["tag:team"] = "web" if row["name"] == "web-2" else ""
        if row["name"] == "web-1":
            row |= {"tag:env": "<remove>", "tag:golden": "yes"}

    page = upload(as_admin, edited(as_admin, change))
    assert "Change 2" in text(page)
    assert "removed − env=dev" in text(page)
    assert "golden: ∅ → becomes yes" in text(page)
    assert as_admin.post(page.request["PATH_INFO"], hidden(page)).status_code == 302
    assert done() == {"web-1": ([("golden", "yes")], ["env", "golden"]), "web-2": ([("team", "web")], [])}
    assert as_admin.post(page.request["PATH_INFO"], hidden(page)).status_code == 302  # sent twice is done once
    assert Operation.objects.get().parameters == {"file": "t.csv"}


def test_one_row_a_tag_says_the_same(as_admin, shelf):
    def change(row):
        if row["key"] == "env":
            row["value"] = "test"
        if not row["key"]:
            row |= {"key": "生产", "value": "x"}

    page = upload(as_admin, edited(as_admin, change, "long"))
    page = as_admin.post(page.request["PATH_INFO"], hidden(page) | {"left_out": "on"})
    assert page.status_code == 302
    assert done() == {
        "=1+1": ([("env", "test")], ["env"]),
        "web-1": ([("env", "test")], ["env"]),
        "web-2": ([("生产", "x")], []),
    }


def test_an_empty_cell_takes_off_only_when_asked_to(as_admin, shelf):
    def change(row):
        row["tag:env"] = "" if row["name"] == "web-1" else row["tag:env"]

    page = upload(as_admin, edited(as_admin, change))
    assert "1 cell is empty that held a tag: it stays. Write &lt;remove&gt; to take it off." in text(page)
    assert "Change 0" in text(page)
    page = upload(as_admin, edited(as_admin, change), "remove")
    assert "removed − env=dev" in text(page)


def test_what_cannot_be_is_named_and_left_out_only_with_a_word(as_admin, shelf):
    rows = rows_of(download(as_admin))
    for row in rows:
        row["tag:new"] = {"web-1": "ok", "web-2": "a=b", "web-3": "eleventh", "theirs": "x"}.get(row["name"], "")
    rows.append({"image_id": "0" * 8 + "-0000-4000-8000-000000000000", "name": "ghost", "tag:new": "x"})
    rows.append(rows[1] | {"project": "elsewhere"})
    page = upload(as_admin, written(rows))
    said = text(as_admin.get(page.request["PATH_INFO"], {"show": "cannot"}))
    place = next(number for number, row in enumerate(rows, 2) if row["name"] == "web-2")
    assert f"Row {place}, column" in said
    assert "(tag:new): None of these characters: = * &lt; &gt; \\ , | / IMG.0115 rule 9.2" in said
    assert "these would be 11. IMG.0116" in said
    assert "Only the owner can change the image. IMG.0047" in said
    assert "There is no image with this ID that you may see." in said
    assert "not to where the file says" in said
    assert as_admin.post(page.request["PATH_INFO"], hidden(page)).status_code == 422
    assert not Operation.objects.exists()
    assert as_admin.post(page.request["PATH_INFO"], hidden(page) | {"left_out": "on"}).status_code == 302
    assert done() == {"web-1": ([("new", "ok")], [])}


def test_what_somebody_changed_since_the_download_is_a_conflict(as_admin, shelf):
    rows = rows_of(download(as_admin))
    project = factories.project()
    factories.put(project, plain_image(1, project.project_id, tags=["env=test", "golden=1"]))
    for row in rows:
        row.update({"tag:env": "prod"} if row["name"] == "web-1" else {})
    page = upload(as_admin, written(rows))
    assert "“env” was changed meanwhile: it is “test”, and was “dev”." in text(page)
    assert "Change 0" in text(page)
    for row in rows:
        del row["tags_at_download"]
    page = upload(as_admin, written(rows))
    assert "changes that others made since cannot be noticed" in text(page)
    assert "env: test → becomes prod" in text(page)


def test_what_changes_between_look_and_confirmation_is_shown_again(as_admin, shelf):
    page = upload(
        as_admin, edited(as_admin, lambda row: row.update({"tag:env": "x"} if row["name"] == "web-1" else {}))
    )
    project = factories.project()
    factories.put(project, plain_image(1, project.project_id, tags=["env=test", "golden"]))
    again = as_admin.post(page.request["PATH_INFO"], hidden(page))
    assert again.status_code == 409
    assert "Something else would be changed now" in text(again)
    assert not Operation.objects.exists()


GOOD = "image_id;tag:env\r\n{id};test\r\n"


@pytest.mark.parametrize(
    "encode",
    [
        lambda said: said.encode("utf-8-sig"),
        lambda said: said.replace(";", "\t").encode("utf-16"),
        lambda said: said.replace(";", ",").encode(),
        lambda said: b"sep=;\r\n" + said.encode(),
        lambda said: said.replace("image_id", "Image_ID ").encode() + b";;\r\n;\r\n",
    ],
    ids=["semicolons", "Excel's Unicode text", "commas", "sep=", "spaces and empty rows"],
)
def test_what_spreadsheets_write_is_read(as_admin, shelf, encode):
    image = Image.objects.get(name="web-1")
    page = upload(as_admin, encode(GOOD.format(id=image.image_id)))
    assert "env: dev → becomes test" in text(page)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("image_id,tag:env\nx,préprod\n".encode("cp1252"), "not in UTF-8 (line 2)"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\x00\x01\x02image_id", "not a text file"),
        (b"", "The file is empty."),
        (b"name,tag:env\na,b\n", "No column is headed “image_id”"),
        (b"image_id,env\na,b\n", "no column of tags"),
        (b"image_id,tag:env,tag:env\na,b,c\n", "heads two columns"),
        (b"image_id,tag:\na,b\n", "no key behind"),
        (b"image_id,tag:env\n", "no row in it"),
        (b'image_id,tag:env\na,"b\n', "cannot be read"),
        (b"image_id,tag:env,key,value\na,b,c,d\n", "keep one way"),
        (b"image_id," + b"x" * 131_073 + b"\n", "Line 1 cannot be read"),
        (b"image_id,tag:env\na," + b"x" * 131_073 + b"\n", "Line 2 cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(as_admin, shelf, content, says):
    page = upload(as_admin, content)
    assert page.status_code == 422
    assert says in text(page)
    assert not TagFile.objects.exists()


def test_the_same_image_twice_and_too_many_cells_are_bad_cells(as_admin, shelf):
    image = Image.objects.get(name="web-1")
    page = upload(as_admin, f"image_id,tag:env\n{image.image_id},a\n{image.image_id},b\n")
    assert "The image stands in row 2 already." in text(page)
    page = upload(as_admin, f"image_id,tag:env\n{image.image_id},a,b\n")
    assert "The row has more cells than there are headings" in text(page)


def test_the_column_of_what_was_there_may_hold_anything(as_admin, shelf):
    image = Image.objects.get(name="web-1")
    page = upload(as_admin, f"image_id,tag:env,{layout.SEEN}\n{image.image_id},a,{'[' * 100_000}\n")
    assert "is not to be changed" in text(page)


def test_headings_of_strangers_are_text_on_the_page(as_admin, shelf):
    image = Image.objects.get(name="web-1")
    page = upload(as_admin, f"image_id,tag:env,<b>bold\n{image.image_id},x,y\n")
    assert "These columns were left aside: &lt;b&gt;bold." in page.content.decode()


def test_a_file_is_its_owners_alone_and_goes_when_it_is_discarded(as_admin, shelf, client):
    page = upload(as_admin, download(as_admin))
    url = page.request["PATH_INFO"]
    client.force_login(person("other", Role.ADMINISTRATOR))
    assert client.get(url).status_code == 404
    assert as_admin.post(f"{url}discard/").status_code == 302
    assert as_admin.get(url).status_code == 404


def test_viewers_download_but_do_not_upload(as_viewer, shelf):
    assert "but not change them" in text(as_viewer.get(PAGE))
    assert upload(as_viewer, "image_id,tag:env\nx,y\n").status_code == 403


def test_ten_thousand_rows_cost_queries_by_the_piece(as_admin, shelf, django_assert_max_num_queries):
    project = factories.project()
    factories.put(project, *(plain_image(100 + n, project.project_id, tags=["env=dev"]) for n in range(1200)))
    content = edited(as_admin, lambda row: row.update({"tag:env": "prod"} if row["tag:env"] == "dev" else {}))
    url = upload(as_admin, content).request["PATH_INFO"]
    with django_assert_max_num_queries(30):
        page = as_admin.get(url)
    assert "Change 1201 images" in text(page).replace(",", "")


def test_files_that_nobody_applied_go_after_a_day(as_admin, shelf):
    url = upload(as_admin, download(as_admin)).request["PATH_INFO"]
    TagFile.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert as_admin.get(url).status_code == 404
    assert clear_expired() == 1
