"""A cloud that answers nonsense: the pages say it in a sentence, and go on with what they know."""

import pytest

from images.cache.models.image import Image
from images.cache.services.sync import SyncFailed, sync_holder
from images.clouds.models import Project
from tests.clouds.projects import project_of

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(cloud):
    project = project_of(cloud)
    sync_holder(project)
    yield project
    cloud.clear_faults()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "garbage", "operation": "5.1.1"}, "The answer to GET /v2/cloudimages is broken JSON"),
        ({"kind": "html", "operation": "5.1.1"}, "The service is not available at the moment (503)."),
        ({"kind": "status", "operation": "5.1.1", "status": 500}, "The service failed inside (500)"),
    ],
)
def test_a_list_that_cannot_be_read_is_said_and_the_known_images_stay(cloud, as_viewer, project, fault, words):
    known = Image.objects.count()
    cloud.fault(**fault)
    with pytest.raises(SyncFailed):
        sync_holder(project, full=True)
    project.refresh_from_db()
    clouds, images = (as_viewer.get(path).content.decode() for path in ("/clouds/", "/images/"))
    assert words in project.error
    assert project.error.replace("'", "&#x27;").replace('"', "&quot;") in clouds
    assert "Last contact" in clouds
    assert "1 failing" in images
    assert f"{known} images" in images
    assert Image.objects.count() == known > 20
    cloud.clear_faults()
    sync_holder(project, full=True)
    assert Project.objects.get().error == ""
