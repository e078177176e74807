"""Who an image is shared with, and what the recipients said (5.3, 6.4)."""

from typing import Any

import msgspec

from images.sandbox.store import Store


class Member(msgspec.Struct):
    """One recipient of one image; ``status`` is pending, accepted or rejected."""

    image_id: str
    member_id: str
    status: str
    created_at: str
    updated_at: str

    def document(self) -> dict[str, Any]:
        """The member as 6.4 sends it."""
        return {**msgspec.structs.asdict(self), "schema": "/v2/schemas/member"}


class Sharing:
    """All members, by image and by recipient. Callers hold the lock of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_image: dict[str, dict[str, Member]] = {}
        self._by_project: dict[str, dict[str, Member]] = {}

    def load(self) -> None:
        """Read all members of the state file."""
        for row in self._store.members():
            self._remember(Member(*row))

    def of_image(self, image_id: str) -> dict[str, Member]:
        """Members of an image by project."""
        return self._by_image.get(image_id, {})

    def with_project(self, project_id: str) -> dict[str, Member]:
        """What others share with a project, by image."""
        return self._by_project.get(project_id, {})

    def find(self, image_id: str, project_id: str) -> Member | None:
        """The membership of a project in an image."""
        return self.of_image(image_id).get(project_id)

    def put(self, member: Member) -> None:
        """Add a member or change its status."""
        self._store.put_member(*msgspec.structs.astuple(member))
        self._remember(member)

    def remove(self, image_id: str, project_id: str) -> None:
        """Stop sharing an image with a project."""
        self._store.delete_member(image_id, project_id)
        self._forget(image_id, project_id)

    def remove_image(self, image_id: str) -> None:
        """Forget all members of an image that is gone (its rows go with it)."""
        for project_id in list(self.of_image(image_id)):
            self._forget(image_id, project_id)

    def _remember(self, member: Member) -> None:
        self._by_image.setdefault(member.image_id, {})[member.member_id] = member
        self._by_project.setdefault(member.member_id, {})[member.image_id] = member

    def _forget(self, image_id: str, project_id: str) -> None:
        self._by_image.get(image_id, {}).pop(project_id, None)
        self._by_project.get(project_id, {}).pop(image_id, None)
