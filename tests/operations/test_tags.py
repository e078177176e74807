"""Two people change the tags of one image at the same time: whatever the order, nobody's tag is lost unseen."""

import csv
import io
import json
import uuid
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.enums import ActKind, ItemState
from images.filters import ImageFilter
from images.ims import tag_of
from images.models import Image, Operation, OperationItem
from images.rules import Wish
from images.selectors import index
from images.selectors.image_tags import tags_now
from images.selectors.matching import Matching
from images.selectors.visibility import sight_of
from images.services import in_place, tag_files, tagging
from images.services.clouds import client_for
from images.services.operations import SubmitRefused, Target, retry_failed, submit
from images.services.operations.carrier import carry
from images.services.sync import sync_holder
from images.services.tag_files.layout import wish_of
from images.tables import tag_sheet

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
    plan = tagging.plan([Target(image.project, image, image.name) for image in images], wishes)
    return submit(actor=operator, kind=ActKind.TAG, targets=plan.targets, parameters={}, key=key)


def held(image) -> dict[str, str]:
    return dict(image.tags.values_list("key", "value"))


def at_ims(image) -> dict[str, str]:
    sent = json.loads(client_for(image.project).images.get_raw(image.image_id).raw)
    return {tag.key: tag.value for tag in map(tag_of, sent.get("tags") or ())}


@pytest.mark.parametrize("many", [1, 7], ids=["one image", "many images"])
def test_different_keys_never_touch_each_other(quick, operator, project, images, many):
    chosen = images[:many]
    wish(operator, chosen, "a", Wish("set", "env", "prod"))
    wish(operator, chosen, "b", Wish("set", "team", "web"), Wish("set", "tier", "1"))
    carry(30)
    assert {item.state for item in OperationItem.objects.all()} == {ItemState.DONE}
    assert [held(image) for image in chosen] == [{"env": "prod", "team": "web", "tier": "1"}] * many


@pytest.mark.parametrize("many", [1, 7], ids=["one image", "many images"])
def test_the_same_key_is_the_first_ones_and_the_second_is_told(quick, operator, project, images, many):
    chosen = images[:many]
    first = wish(operator, chosen, "a", Wish("set", "env", "prod"))
    second = wish(operator, chosen, "b", Wish("set", "env", "dev"), Wish("set", "team", "web"))
    carry(30)
    assert {item.state for item in first.items.all()} == {ItemState.DONE}
    assert {(item.state, item.error_code) for item in second.items.all()} == {(ItemState.FAILED, "conflict")}
    assert "“env” was set meanwhile, to “prod”." in second.items.first().error
    assert [held(image) for image in chosen] == [{"env": "prod"}] * many


def test_what_was_done_is_undone_unless_somebody_changed_it_since(quick, operator, project, images):
    done = wish(operator, images, "a", Wish("set", "env", "prod"))
    carry(30)
    wish(operator, images[:1], "b", Wish("set", "env", "dev"))
    carry(30)
    back = in_place.undo(actor=operator, operation=done, key="c")
    carry(30)
    assert [held(image) for image in images] == [{"env": "dev"}, *[{}] * 6]
    assert [item.state for item in back.items.order_by("position")] == [ItemState.FAILED, *[ItemState.DONE] * 6]
    assert "it is “dev”, and was “prod”" in back.items.first().error


KEYS_OF = ["env", "team", "tier"]
KEYS = st.sampled_from(KEYS_OF)
VALUES = st.sampled_from(["", "prod", "dev"])
A_WISH = st.one_of(
    st.builds(Wish, st.sampled_from(["set", "add", "remove", "change"]), KEYS, VALUES, VALUES),
    st.builds(Wish, st.just("rename"), KEYS, st.just(""), KEYS),
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
    known = Matching(ImageFilter(), index.current(), sight_of(operator))
    text = "".join(tag_sheet.wide([[image.pk for image in images]], KEYS_OF, known.vocabulary))
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
    kept = tag_files.keep(actor=operator, name="t.csv", content=out.getvalue().encode(), empty_removes=False)
    tag_files.apply(actor=operator, kept=kept, plan=tag_files.plan(actor=operator, sheet=tag_files.sheet_of(kept)))


def take(step, sandbox, operator, images) -> None:
    last = Operation.objects.filter(kind=ActKind.TAG).first()
    match step:
        case "carry":
            carry(30)
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
    carry(30)
    sandbox.clear_faults()
    for image, row in zip(images, sheet_of(operator, images), strict=True):
        now = tags_now(Image.objects.get(pk=image.pk))
        shown = {line.key: line.value for line in now.lines}
        in_file = {wished.key: wished.value for key in KEYS_OF if (wished := wish_of(key, row[f"tag:{key}"]))}
        assert shown == now.expected == held(image) == at_ims(image) == in_file
