"""The state of one sandbox: images, members, tokens, jobs and things, with the lock that guards them all."""

import time
import uuid
from pathlib import Path
from typing import Any

from images.sandbox import cast, things, times
from images.sandbox.documents import Document
from images.sandbox.errors import no_image
from images.sandbox.generate import Generator, Share
from images.sandbox.library import Library, Row, public_shelf
from images.sandbox.scenery import EXAMPLE_JOB
from images.sandbox.sharing import Member, Sharing
from images.sandbox.store import FORMAT, StateRefusedError, Store
from images.sandbox.wire import encode

# Room that a tenant has beyond the images it starts with.
SPARE_QUOTA = 400


class World:
    """Everything that operations read and change.

    Take ``lock`` around any use of ``library`` or ``sharing``; operations run inside it, only the streaming of files
    happens outside. ``speed`` makes the time of jobs pass faster; what is printed as a time is real time.
    """

    def __init__(self, state: Path, *, images: int = 2000, seed: int = 1, speed: float = 1.0) -> None:
        """Open the state, or make a new one with so many images.

        :raises StateRefusedError: the file is in use or no state of ours.
        """
        self.store = Store(state)
        self.lock = self.store.lock
        self.speed = speed
        self.library = Library(self.store)
        self.sharing = Sharing(self.store)
        if self.store.setting("format") is None:
            self._create(images, seed)
        elif self.store.setting("format") != FORMAT:
            self.store.close()
            raise StateRefusedError(
                f"The state file {state} was written by another version. Delete it, or name another."
            )
        self.images = int(self.store.setting("images") or 0)
        self.seed = int(self.store.setting("seed") or 0)
        self.library.load(self.images)
        self.sharing.load()
        self._forget_uploads()
        for project in cast.PROJECTS:
            # The room beyond what is there counts from the beginning, not from the first question.
            self.quota(project)

    def close(self) -> None:
        """Let go of the state file."""
        self.store.close()

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()

    def now_text(self) -> str:
        """Now, as IMS writes it."""
        return times.text(self.now())

    # Images

    def find(self, image_id: str) -> Row | None:
        """The image, whoever may see it."""
        return self.library.rows.get(image_id.lower())

    def visible(self, image_id: str, project: cast.Project) -> Row:
        """The image, if this project may see it: its own, public in its region, or shared with it in any state.

        :raises RefusedError: 404, there is none for this project. Strangers learn nothing more.
        """
        row = self.find(image_id)
        if row is None:
            raise no_image()
        if row.shelf in (project.id, public_shelf(project.region)) or self.sharing.find(row.id, project.id):
            return row
        raise no_image()

    def document(self, row: Row) -> Document:
        """The document of an image, decoded: a copy to change and to pass to :meth:`save`."""
        return self.library.document(row)

    def save(self, image: Document, shelf: str, extra: dict[str, Any] | None = None, *, touch: bool = True) -> Row:
        """Make an image durable and visible. ``touch`` moves ``updated_at`` to now; ``extra`` are hidden facts."""
        if touch:
            image["updated_at"] = self.now_text()
        doc = encode(image)
        if extra is None:
            extra = self.store.hidden_facts(image["id"])
        seq = self.store.put_image(image["id"], shelf, doc, extra)
        return self.library.put(seq, shelf, doc)

    def drop(self, row: Row) -> None:
        """Remove an image, its members and its file for good."""
        self.store.delete_image(row.id)
        self.sharing.remove_image(row.id)
        self.library.drop(row.id)
        self.file_path(row.id).unlink(missing_ok=True)

    def file_path(self, image_id: str) -> Path:
        """Where the bytes of an image lie, if it has any."""
        return self.store.files / image_id

    def region(self, row: Row) -> str:
        """The region of an image."""
        if row.shelf.startswith("public:"):
            return row.shelf.partition(":")[2]
        project = cast.project_by_id(row.shelf)
        return project.region if project else ""

    # Names and quota

    @property
    def unique_names(self) -> bool:
        """Whether a tenant's images must have different names (IMG.0009). The reference sets no such rule."""
        return self.store.setting("unique_names") == "yes"

    @unique_names.setter
    def unique_names(self, wanted: bool) -> None:
        self.store.set_setting("unique_names", "yes" if wanted else "no")

    def quota(self, project: cast.Project) -> tuple[int, int]:
        """Private images of the tenant in the region of the project: used and allowed (5.5.1)."""
        mates = [mate for mate in cast.projects_of(project.domain_id) if mate.region == project.region]
        used = sum(len(self.library.shelf(mate.id)) for mate in mates)
        name = f"quota:{project.domain_id}:{project.region}"
        allowed = self.store.setting(name)
        if allowed is None:
            allowed = str(used + SPARE_QUOTA)
            self.store.set_setting(name, allowed)
        return used, int(allowed)

    def new_id(self) -> str:
        """A fresh image id."""
        return str(uuid.uuid4())

    def _forget_uploads(self) -> None:
        """Uploads that a killed process left: nothing came of them, their images wait for a file again."""
        for image_id in self.store.things("upload"):
            row = self.find(image_id)
            with self.store.transaction():
                if row is not None:
                    self.save(self.document(row) | {"status": "queued"}, row.shelf)
                self.store.delete_thing("upload", image_id)

    def _create(self, images: int, seed: int) -> None:
        generator = Generator(images, seed)
        with self.store.transaction():
            self.store.add_images((image["id"], shelf, encode(image), None) for shelf, image in generator.images())
            for share in generator.shares:
                self._create_member(share)
            things.create(self.store)
            self.store.put_job(EXAMPLE_JOB)
            self.store.set_setting("images", str(images))
            self.store.set_setting("seed", str(seed))
            self.store.set_setting("format", FORMAT)
        self.store.settle()

    def _create_member(self, share: Share) -> None:
        # The recipient answers some minutes after the offer.
        answered = share.created_at
        if share.status != "pending":
            answered = times.text(times.seconds(share.created_at) + 1931)
        member = Member(share.image_id, share.member_id, share.status, share.created_at, answered)
        self.store.put_member(member.image_id, member.member_id, member.status, member.created_at, member.updated_at)
