"""What an act applies to is read as it is gone through; places and numbers stay those of the whole selection."""

from dataclasses import replace

import pytest
from pyroaring import BitMap

from images.cache.models.image import Image
from images.clouds.models import Project
from images.operations.enums import ActionKind
from images.operations.models.operation import Operation
from images.operations.services import SubmitRefused, Target, submit, targets
from images.operations.services.targets import SelectedTargets
from tests import factories


@pytest.fixture
def seven(db, monkeypatch) -> SelectedTargets:
    monkeypatch.setattr(targets, "AT_ONCE", 3)
    project = factories.project()
    factories.put(project, *(factories.document(n, project.project_id, name=f"n-{n}") for n in range(7)))
    return SelectedTargets(BitMap(Image.objects.values_list("pk", flat=True)), {project.pk: Project.objects.get()})


def numbered(number: int, target: Target) -> Target:
    return replace(target, parameters={"number": number})


def test_it_is_a_sequence_in_the_order_of_ids(seven):
    names = [f"n-{n}" for n in range(7)]
    assert [target.name for target in seven] == names
    assert (len(seven), seven[0].name, seven[-1].name) == (7, names[0], names[-1])
    assert [target.name for target in seven[2:4]] == names[2:4]
    assert list(seven.values("name")) == [(name,) for name in names]


def test_numbers_stay_when_some_are_left_out(seven):
    some = BitMap([seven.ids[1], seven.ids[6]])
    assert [target.parameters["number"] for target in seven.made(numbered, among=some)] == [2, 7]


def test_images_that_go_while_they_are_written_down_stop_the_operation(seven, admin):
    def vanish(number: int, target: Target) -> Target:
        if number == 2:
            Image.objects.filter(pk=seven.ids[5]).delete()
        return target

    with pytest.raises(SubmitRefused, match="have gone meanwhile"):
        submit(actor=admin, kind=ActionKind.PROTECT, targets=seven.made(vanish), key="k")
    assert not Operation.objects.exists()
