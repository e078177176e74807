"""Things of the sandbox that tests of its rules ask about, and how they ask."""

from typing import Any

from images.sandbox import Sandbox, cast

from .conftest import Caller

MAIN = cast.DEMO_PROJECTS[0].id
PARTNER = cast.FOREIGN_PROJECTS[0].id
SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
PLAIN = "d164b5df-1bc3-4c3f-893e-3e471fd16e64"
ENCRYPTED = "465076de-dc36-4aec-80f5-ef9d8009428f"
WHOLE = "4ca46bf1-5c61-48ff-b4f3-0ad4e5e3ba90"
ISO = "fac42d61-ea1e-4271-94ba-6543a852d2c6"
QUEUED = "4ca46bf1-5c61-48ff-b4f3-0ad4e5e3ba86"
PUBLIC = "bc6bed6e-ba3a-4447-afcc-449174a3eb52"
UBUNTU = "33ad552d-1149-471c-8190-ff6776174a00"
CREATE = "/v2/cloudimages/action"
QUICK = "/v2/cloudimages/quickimport/action"
WHOLES = "/v1/cloudimages/wholeimages/action"
FROM_SERVER = {"name": "n", "instance_id": SERVER}
FROM_FILE = {"name": "n", "image_url": "ims-image:centos70.qcow2", "min_disk": 40}
FROM_ISO = {"name": "n", "image_url": "ims-image:centos70.iso", "min_disk": 40, "type": "IsoImage"}
VOLUME = "b0c1d2e3-f405-4617-8829-3a4b5c6d7e10"
FROM_DISKS = {"data_images": [{"name": "d", "volume_id": VOLUME}]}
QUICKLY = {"name": "n", "image_url": "ims-image:centos70.raw", "min_disk": 40, "os_version": "CentOS 7.0 64bit"}
WINDOWS = "Windows Server 2016 Standard 64bit"


def code_of(caller: Caller, method: str, path: str, body: Any, **options: Any) -> str:
    """The code of an answer, or its status where it is no refusal."""
    answer = caller(method, path, json=body, **options)
    if answer.status_code < 400:
        return str(answer.status_code)
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]["code"]


def changed(sandbox: Sandbox, image_id: str, **changes: Any) -> None:
    """Give an image attributes that no call of IMS would give it."""
    row = sandbox.world.find(image_id)
    assert row is not None
    sandbox.world.save(sandbox.world.document(row) | changes, row.shelf)
