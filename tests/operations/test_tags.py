"""Two people change the tags of one image at the same time: whatever the order, nobody's tag is lost unseen."""

import csv
import io
import json
import uuid
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.cache.models.image import Image
from images.cache.queries import index
from images.cache.queries.visibility import visible_projects_of
from images.cache.rules.tag_changes import TagStep
from images.cache.services.sync import sync_holder
from images.clouds.services.clients import client_for
from images.ims import tag_of
from images.operations.enums import ActionKind, ItemState
from images.operations.models.operation import Operation, OperationItem
from images.operations.services import SubmitRefused, Target, in_place, retry_failed, submit
from images.operations.services.executor import execute
from images.search.filters import ImageFilter
from images.search.queries.matching import Matching
from images.tags.queries.image_tags import tags_now
from images.tags.services import bulk
from images.tags.services import csv as tags_csv
from images.tags.services.csv.layout import step_of
from images.tags.tables import sheet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def images(project) -> list[Image]:
    """Seven images of the project without tags, whatever earlier tests did to them."""
    found = Image.objects.filter(project=project, status="active", member_status="", protected=False).order_by("pk")[:7]
    client = client_for(project)
    for image in found:
        sent = json.loads(client.images.get_raw(image.image_id).raw)
        tags = [tag_of(text) for text in sent.get("tags") or ()]
        if tags:
            client.tags.detach(image.image_id, tags)
    sync_holder(project, full=True)
    return list(Image.objects.filter(pk__in=[image.pk for image in found]).order_by("pk"))


def wish(operator, images, key, *wishes):
    """An operation of what the person saw at this moment."""
    plan = bulk.plan([Target(image.project, image, image.name) for image in images], wishes)
    return submit(actor=operator, kind=ActionKind.TAG, targets=plan.targets, parameters={}, key=key)


def held(image) -> dict[str, str]:
    return dict(image.tags.values_list("key", "value"))


def at_ims(image) -> dict[str, str]:
    sent = json.loads(client_for(image.project).images.get_raw(image.image_id).raw)
    return {tag.key: tag.value for tag in map(tag_of, sent.get("tags") or ())}


@pytest.mark.parametrize("many", [1, 7], ids=["one image", "many images"])
def test_different_keys_never_touch_each_other(quick, operator, project, images, many):
    chosen = images[:many]
    wish(operator, chosen, "a", TagStep("set", "env", "prod"))
    wish(operator, chosen, "b", TagStep("set", "team", "web"), TagStep("set", "tier", "1"))
    execute(30)
    assert {item.state for item in OperationItem.objects.all()} == {ItemState.DONE}
    assert [held(image) for image in chosen] == [{"env": "prod", "team": "web", "tier": "1"}] * many


@pytest.mark.parametrize("many", [1, 7], ids=["one image", "many images"])
def test_the_same_key_is_the_first_ones_and_the_second_is_told(quick, operator, project, images, many):
    chosen = images[:many]
    first = wish(operator, chosen, "a", TagStep("set", "env", "prod"))
    second = wish(operator, chosen, "b", TagStep("set", "env", "dev"), TagStep("set", "team", "web"))
    execute(30)
    assert {item.state for item in first.items.all()} == {ItemState.DONE}
    assert {(item.state, item.error_code) for item in second.items.all()} == {(ItemState.FAILED, "conflict")}
    assert "“env” was set meanwhile, to “prod”." in second.items.first().error
    assert [held(image) for image in chosen] == [{"env": "prod"}] * many


def test_what_was_done_is_undone_unless_somebody_changed_it_since(quick, operator, project, images):
    done = wish(operator, images, "a", TagStep("set", "env", "prod"))
    execute(30)
    wish(operator, images[:1], "b", TagStep("set", "env", "dev"))
    execute(30)
    back = in_place.undo(actor=operator, operation=done, key="c")
    execute(30)
    assert [held(image) for image in images] == [{"env": "dev"}, *[{}] * 6]
    assert [item.state for item in back.items.order_by("position")] == [ItemState.FAILED, *[ItemState.DONE] * 6]
    assert "it is “dev”, and was “prod”" in back.items.first().error


KEYS_OF = ["env", "team", "tier"]
KEYS = st.sampled_from(KEYS_OF)
VALUES = st.sampled_from(["", "prod", "dev"])
A_WISH = st.one_of(
    st.builds(TagStep, st.sampled_from(["set", "add", "remove", "change"]), KEYS, VALUES, VALUES),
    st.builds(TagStep, st.just("rename"), KEYS, st.just(""), KEYS),
)
#: What somebody types into cells of the file: image (by its place) and key → cell.
CELLS = st.dictionaries(
    st.tuples(st.integers(0, 6), KEYS),
    st.sampled_from(["", "<remove>", "<empty>", "prod", "new"]),
    min_size=1,
    max_size=5,
)
A_STEP = st.one_of(
    st.tuples(st.sampled_from([1, 2, 7]), A_WISH),
    CELLS,
    st.sampled_from(["undo", "carry", "retry", "refuse one", "lose one"]),
)


def sheet_of(operator, images) -> list[dict[str, str]]:
    """The tags as a downloaded file has them."""
    known = Matching(ImageFilter(), index.current(), visible_projects_of(operator))
    text = "".join(sheet.wide([[image.pk for image in images]], KEYS_OF, known.vocabulary))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def by_file(operator, images, cells) -> None:
    """Download, edit, upload, confirm."""
    rows = sheet_of(operator, images)
    for (place, key), cell in cells.items():
        rows[place][f"tag:{key}"] = cell
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    kept = tags_csv.keep(actor=operator, name="t.csv", content=out.getvalue().encode(), empty_removes=False)
    tags_csv.apply(actor=operator, kept=kept, plan=tags_csv.plan(actor=operator, sheet=tags_csv.sheet_of(kept)))


def take(step, sandbox, operator, images) -> None:
    last = Operation.objects.filter(kind=ActionKind.TAG).first()
    match step:
        case "carry":
            execute(30)
        case "refuse one":
            sandbox.fault(kind="status", operation="5.2.4", status=403, code="IMG.0047", times=1)
        case "lose one":
            sandbox.fault(kind="reset_after", operation="5.2.4", times=1)
        case "undo" if last:
            in_place.undo(actor=operator, operation=last, key=uuid.uuid4().hex)
        case "retry" if last:
            retry_failed(actor=operator, operation=last, key=uuid.uuid4().hex)
        case (many, wished):
            wish(operator, images[:many], uuid.uuid4().hex, wished)
        case dict():
            by_file(operator, images, step)


@given(steps=st.lists(A_STEP, min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_page_file_cache_and_service_agree_after_whatever_was_done_retried_and_undone(
    quick, sandbox, operator, images, steps
):
    for step in steps:
        with suppress(SubmitRefused):  # there was nothing to do, or nothing to try again or to take back
            take(step, sandbox, operator, images)
    execute(30)
    sandbox.clear_faults()
    for image, row in zip(images, sheet_of(operator, images), strict=True):
        now = tags_now(Image.objects.get(pk=image.pk))
        shown = {line.key: line.value for line in now.lines}
        in_file = {wished.key: wished.value for key in KEYS_OF if (wished := step_of(key, row[f"tag:{key}"]))}
        assert shown == now.expected == held(image) == at_ims(image) == in_file
