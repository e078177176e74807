"""Images in any number, deterministic for a seed: what a few years of use leave behind in four projects.

One pass, one random stream, no lookups: a hundred thousand images take a few seconds, a million less than a minute.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from images.sandbox import cast, os_table, scenery, times, vocabulary
from images.sandbox.documents import Document, private, public
from images.sandbox.library import public_shelf

YEAR = 365 * 86400
# 2026-07-01T00:00:00Z: the end of the generated past. The seed moves it back by up to a month.
EPOCH = 1782864000

# Share of the images that each demo project gets.
WEIGHTS = (0.45, 0.25, 0.20, 0.10)
SHARED_OUT = 0.015


@dataclass(slots=True)
class Share:
    """An image that its owner shares with a project, and what that project said."""

    image_id: str
    member_id: str
    status: str
    created_at: str


@dataclass(slots=True)
class _Project:
    """What the generator remembers of a project while it fills it."""

    project: cast.Project
    recipients: list[str]
    parents: list[str] = field(default_factory=list)


class Generator:
    """Makes the images of a sandbox. Iterate over :meth:`images`, then read ``shares``.

    ``count`` is the number of images of the demo tenant and the public ones together, the examples among them; there
    are never fewer than the examples. The images of the foreign tenant come on top.
    """

    def __init__(self, count: int, seed: int, now: float | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- repeatable is what we want
        self._count = count
        self._now = int(time.time() if now is None else now)
        self._epoch = EPOCH - self._random.randrange(30 * 86400)
        self._public: dict[str, list[str]] = {region: [] for region in cast.REGIONS}
        self.shares: list[Share] = []

    def images(self) -> Iterator[tuple[str, Document]]:
        """Every image with the name of its shelf."""
        made = 0
        for shelf, image in self._examples():
            made += 1
            yield shelf, image
        for region in cast.REGIONS:
            for image in self._public_images(region, made):
                made += 1
                yield public_shelf(region), image
        left = max(0, self._count - made)
        sizes = [int(left * weight) for weight in WEIGHTS]
        sizes[0] += left - sum(sizes)
        for project, size in zip(cast.DEMO_PROJECTS, sizes, strict=True):
            yield from self._project_images(project, size, cast.FOREIGN_PROJECTS)
        yield from self._foreign_images()

    def _examples(self) -> Iterator[tuple[str, Document]]:
        for image in scenery.public_images():
            self._public[cast.REGIONS[0]].append(image["id"])
            yield public_shelf(cast.REGIONS[0]), image
        for image in (*scenery.main_images(), *scenery.build_images()):
            yield image["owner"], image
        for image_id, member_id, status in scenery.MEMBERS:
            self.shares.append(Share(image_id, member_id, status, "2018-11-01T08:00:00Z"))

    def _public_images(self, region: str, made: int) -> Iterator[Document]:
        choice = self._random
        versions = [version for family in os_table.OS_VERSIONS.values() for version in family]
        wanted = min(len(versions), max(0, self._count - made), 2 + self._count // 20)
        # The regions offer almost the same: each leaves out a few versions of its own.
        for version in choice.sample(versions, min(wanted, len(versions) - 8)):
            created = self._epoch - choice.randrange(6 * YEAR)
            image_id = self._uuid()
            self._public[region].append(image_id)
            extra: dict[str, Any] = {"min_disk": 40 if "Windows" in version else choice.choice((10, 20, 40))}
            if choice.random() < 0.08 and "Windows" not in version:
                extra |= {"architecture": "arm", "hw_firmware_type": "uefi"}
            yield public(
                image_id,
                cast.SERVICE_PROJECT,
                version if "architecture" not in extra else f"{version} with ARM",
                times.text(created),
                version,
                updated_at=times.text(created + choice.randrange(90 * 86400)),
                **extra,
                **vocabulary.flags(choice, version, arm="architecture" in extra),
            )

    def _project_images(
        self, project: cast.Project, size: int, others: tuple[cast.Project, ...]
    ) -> Iterator[tuple[str, Document]]:
        place = _Project(project, [other.id for other in others if other.region == project.region])
        for _ in range(size):
            image = self._private(place)
            if self._random.random() < SHARED_OUT and vocabulary.may_be_shared(image) and place.recipients:
                self._share(image, self._random.choice(place.recipients))
            yield project.id, image

    def _foreign_images(self) -> Iterator[tuple[str, Document]]:
        """The foreign tenant: a few images of its own, some of them offered to each demo project of the region."""
        size = max(12, min(60, self._count // 50))
        for project in cast.FOREIGN_PROJECTS:
            place = _Project(project, [])
            offers = [
                (demo.id, status)
                for demo in cast.DEMO_PROJECTS
                if demo.region == project.region
                for status in ("accepted", "accepted", "pending", "pending", "pending", "rejected")
            ]
            for _ in range(size):
                image = self._private(place)
                if offers and vocabulary.may_be_shared(image):
                    self._share(image, *offers.pop())
                yield project.id, image

    def _share(self, image: Document, member_id: str, status: str = "") -> None:
        status = status or self._random.choice(("accepted", "pending", "rejected"))
        image["visibility"] = image["__imagetype"] = "shared"
        self.shares.append(Share(image["id"], member_id, status, image["updated_at"]))

    def _private(self, place: _Project) -> Document:
        choice = self._random
        image_id = self._uuid()
        created, updated = self._dates()
        kind = choice.choices(vocabulary.KINDS, vocabulary.KIND_WEIGHTS)[0]
        version = vocabulary.os_version(choice, kind)
        name = vocabulary.name(choice, version, created)
        attributes = vocabulary.attributes(choice, kind, version)
        attributes["__originalimagename"] = self._parent(place, kind)
        attributes["updated_at"] = times.text(updated)
        attributes["tags"] = vocabulary.tags(choice)
        self._status(attributes, created)
        made = private(image_id, place.project.id, name, times.text(created), version, **attributes)
        if kind == "data":
            # A data disk has no system: IMS leaves those attributes out.
            for key in ("__platform", "__os_version", "__os_bit"):
                del made[key]
        if len(place.parents) < 500 and made["status"] == "active":
            place.parents.append(image_id)
        return made

    def _status(self, attributes: dict[str, Any], created: int) -> None:
        dice = self._random.random()
        if dice < 0.93:
            attributes["active_at"] = times.text(created + self._random.randrange(60, 1800))
        elif dice < 0.955:
            attributes |= {"status": "queued", "__image_size": "0", "checksum": None, "__originalimagename": ""}
        elif dice < 0.97:
            attributes |= {"status": "saving", "checksum": None}
        elif dice < 0.995:
            attributes |= {"status": "killed", "checksum": None}
        else:
            attributes |= {"status": "deleted", "deleted": True, "deleted_at": attributes["updated_at"]}

    def _parent(self, place: _Project, kind: str) -> str:
        dice = self._random.random()
        if kind in ("data", "iso", "bms") or dice < 0.25:
            return ""
        offered = self._public[place.project.region]
        if place.parents and (dice < 0.5 or not offered):
            return self._random.choice(place.parents)
        return self._random.choice(offered) if offered else ""

    def _dates(self) -> tuple[int, int]:
        """Creation and last change: mostly recent, up to four years back, a few of them today."""
        choice = self._random
        age = choice.random()
        if choice.random() < 0.01:
            created = self._now - int(age * 20 * 3600) - 1800
            return created, min(self._now - 60, created + choice.randrange(1800))
        created = self._epoch - int(age * age * 4 * YEAR)
        if choice.random() < 0.6:
            return created, created + choice.randrange(30, 3600)
        return created, min(self._epoch, created + choice.randrange(3600, 400 * 86400))

    def _uuid(self) -> str:
        digits = f"{self._random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
