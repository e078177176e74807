"""What is asked for in a run of chaos, and how often its effect is in the sandbox afterwards.

Every item has an image, a name or a file of its own, so that its effect can be counted without asking the console.
"""

import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from images.clouds.models import Project
from images.operations.enums import ActionKind
from tests.clouds.projects import in_sandbox
from tests.sandbox_process import SandboxProcess

FOREIGN = "edc89b490d7d4392898e19b2deb34797"
SERVER = "877a2cda-ba63-4e1e-b95f-e67e48b6129a"
FILE = "ims-image:centos70.qcow2"
UPLOAD = b"not really a disk" * 1000

Parameters = dict[str, Any]


@dataclass
class World:
    """What the sandbox holds in the end."""

    images: dict[str, tuple[str, dict[str, Any]]]
    objects: set[str]
    names: Counter[str]
    members: dict[str, set[str]]

    @classmethod
    def of(cls, sandbox: SandboxProcess, project: Project, shared: list[str]) -> "World":
        images = in_sandbox(sandbox, project)
        made = (document["name"] for _state, document in images.values() if document["status"] != "killed")
        objects = set(sandbox.admin("GET", "things", kind="object"))
        return cls(images, objects, Counter(made), {one: _members(sandbox, one) for one in shared if one in images})

    def value(self, image_id: str, attribute: str) -> Any:
        return self.images[image_id][1].get(attribute) if image_id in self.images else None

    def filled(self, name: str) -> int:
        """How many images of this name there are; none when none of them has its file."""
        states = [document["status"] for _state, document in self.images.values() if document["name"] == name]
        return len(states) if "active" in states else 0


def _members(sandbox: SandboxProcess, image_id: str) -> set[str]:
    answer = requests.get(
        f"{sandbox.base_url}/v2/images/{image_id}/members", headers={"X-Auth-Token": sandbox.token()}, timeout=60
    )
    answer.raise_for_status()
    return {member["member_id"] for member in answer.json()["members"]}


@dataclass
class Wish:
    """One item: on which image (ID at IMS, "" for one to come), with what, and how often its effect is there."""

    kind: ActionKind
    image_id: str
    name: str
    parameters: Parameters
    effects: Callable[[World], int]
    #: The service says no for good: no effect is right.
    refused: bool = False


@dataclass
class Asked:
    """One operation to be: wishes of one kind."""

    kind: ActionKind
    wishes: list[Wish] = field(default_factory=list)
    pk: int = 0


class Wishes:
    """Makes the images that the acts need, then the wishes; the same seed makes the same ones."""

    def __init__(self, sandbox: SandboxProcess, seed: int, uploads: Path) -> None:
        self._sandbox = sandbox
        self._project = sandbox.env["IMS_PROJECT_ID"]
        self._rng = random.Random(seed)
        self._mark = f"chaos-{seed}"
        self._number = 0
        self._uploads = uploads
        self._spare: list[str] = []
        self._token = sandbox.token()
        self.shared: list[str] = []
        sandbox.admin("PUT", "quota", {"project": self._project, "quota": 100_000})

    def make(self, count: int) -> list[Asked]:
        makers = [
            self._edit, self._tag, self._delete, self._copy, self._create, self._protect, self._share, self._export,
            self._metadata, self._upload, self._register, self._upload_new, self._register_new,
            self._answer, self._unshare, self._unprotect, self._forbidden,
        ]  # fmt: skip
        asked = []
        for number in range(count):
            maker = makers[number % len(makers)]
            size = self._rng.choice([1, 1, 1, 2, 5])
            wishes = [maker() for _ in range(size)]
            asked.append(Asked(wishes[0].kind, wishes))
        self._rng.shuffle(asked)
        return asked

    def _image(self) -> str:
        if not self._spare:
            self._spare = self._sandbox.create_images(self._project, count=200, name=f"{self._mark}-spare")
        return self._spare.pop()

    def _waiting(self) -> str:
        """An image that waits for its file (6.1.6)."""
        answer = requests.post(
            f"{self._sandbox.base_url}/v2/images",
            json={"name": self._name("waiting")},
            headers={"X-Auth-Token": self._token},
            timeout=60,
        )
        answer.raise_for_status()
        return str(answer.json()["id"])

    def _name(self, what: str) -> str:
        self._number += 1
        return f"{self._mark}-{what}-{self._number}"

    # --- on images that are there ------------------------------------------------------------------------------------
    def _edit(self) -> Wish:
        image, text = self._image(), self._name("described")
        changes = [{"attribute": "__description", "value": text}, {"attribute": "min_ram", "value": 4096}]
        return Wish(
            ActionKind.EDIT, image, "", {"changes": changes}, lambda world: world.value(image, "__description") == text
        )

    def _tag(self) -> Wish:
        image, value = self._image(), self._name("tag")
        add = {"add": [{"key": "chaos", "value": value}]}
        return Wish(
            ActionKind.TAG, image, "", add, lambda world: (world.value(image, "tags") or []).count(f"chaos={value}")
        )

    def _delete(self) -> Wish:
        image = self._image()
        return Wish(ActionKind.DELETE, image, "", {}, lambda world: image not in world.images)

    def _forbidden(self) -> Wish:
        image = self._image()
        self._sandbox.patch_image(image, protected=True)
        return Wish(ActionKind.DELETE, image, "", {}, lambda world: image not in world.images, refused=True)

    def _protect(self) -> Wish:
        image = self._image()
        return Wish(ActionKind.PROTECT, image, "", {}, lambda world: world.value(image, "protected") is True)

    def _unprotect(self) -> Wish:
        image = self._image()
        self._sandbox.patch_image(image, protected=True)
        return Wish(ActionKind.UNPROTECT, image, "", {}, lambda world: world.value(image, "protected") is False)

    def _share(self) -> Wish:
        image = self._image()
        self.shared.append(image)
        to = {"project_ids": [FOREIGN]}
        return Wish(ActionKind.SHARE, image, "", to, lambda world: FOREIGN in world.members.get(image, ()))

    def _unshare(self) -> Wish:
        image = self._image()
        self._sandbox.set_member(image, FOREIGN, "accepted")
        self.shared.append(image)
        to = {"project_ids": [FOREIGN]}
        return Wish(ActionKind.UNSHARE, image, "", to, lambda world: FOREIGN not in world.members.get(image, {FOREIGN}))

    def _answer(self) -> Wish:
        image = self._sandbox.create_images(FOREIGN, name=self._name("offered"))[0]
        self._sandbox.set_member(image, self._project, "pending")
        status = {"status": "accepted"}
        return Wish(ActionKind.ANSWER, image, "", status, lambda world: world.images.get(image, ("",))[0] == "accepted")

    def _export(self) -> Wish:
        image, address = self._image(), f"ims-image:{self._name('file')}.qcow2"
        said = {"bucket_url": address, "file_format": "qcow2"}
        return Wish(ActionKind.EXPORT, image, "", said, lambda world: address in world.objects)

    # --- that make or fill one ---------------------------------------------------------------------------------------
    def _copy(self) -> Wish:
        name = self._name("copy")
        return Wish(ActionKind.COPY, self._image(), "", {"name": name}, lambda world: world.names[name])

    def _create(self) -> Wish:
        name = self._name("made")
        tags = [{"key": "made", "value": "by-chaos"}]
        order, fields = self._rng.choice(
            [
                ("SystemFile", {"image_url": FILE, "min_disk": 40, "tags": tags}),
                ("SystemDisk", {"instance_id": SERVER, "tags": tags}),
                ("WholeServer", {"instance_id": SERVER}),
                ("QuickDataFile", {"image_url": "ims-image:centos70.raw", "min_disk": 40}),
            ]
        )
        said = {"order": order, "fields": {"name": name, **fields}}
        return Wish(ActionKind.CREATE, "", name, said, lambda world: world.names[name])

    def _metadata(self) -> Wish:
        name = self._name("empty")
        return Wish(ActionKind.METADATA, "", name, {"fields": {"name": name}}, lambda world: world.names[name])

    def _upload(self) -> Wish:
        image, file = self._waiting(), uuid.uuid4().hex
        (self._uploads / file).write_bytes(UPLOAD)
        return Wish(
            ActionKind.UPLOAD, image, "", {"file": file}, lambda world: world.value(image, "status") == "active"
        )

    def _upload_new(self) -> Wish:
        """The image is made first, by a call of its own."""
        name, file = self._name("uploaded"), uuid.uuid4().hex
        (self._uploads / file).write_bytes(UPLOAD)
        said = {"file": file, "fields": {"name": name}}
        return Wish(ActionKind.UPLOAD, "", name, said, lambda world: world.filled(name))

    def _register_new(self) -> Wish:
        name = self._name("registered")
        said = {"image_url": FILE, "fields": {"name": name}}
        return Wish(ActionKind.REGISTER, "", name, said, lambda world: world.filled(name))

    def _register(self) -> Wish:
        image = self._waiting()
        said = {"image_url": FILE}
        return Wish(ActionKind.REGISTER, image, "", said, lambda world: world.value(image, "status") == "active")
