"""Acts that make an image: create, copy, empty metadata (5.1.3 to 5.1.5, 5.4.1, 6.1.6).

None may be repeated blindly. Before the call goes out it is noted which images of that name are there; its effect is
an own image of that name that was not, and that no other item has made. No clock has a say in that. Of two creations of
one name only one is ever unanswered.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.ims import (
    DataDisk,
    DataDisks,
    DataFile,
    Image,
    IMSClient,
    IsoFile,
    Job,
    Metadata,
    Order,
    QuickDataFile,
    QuickSystemFile,
    Refused,
    SystemDisk,
    SystemFile,
    Tag,
    Volume,
    WholeBackup,
    WholeServer,
)
from images.operations.actions.base import Action, ActionFailed, NotNow, Outcome, Work, state_of
from images.operations.actions.parts import Part, parts_of

ORDERS: dict[str, type[Order]] = {
    one.__name__: one
    for one in (
        SystemDisk,
        DataDisks,
        SystemFile,
        IsoFile,
        Volume,
        QuickSystemFile,
        QuickDataFile,
        WholeServer,
        WholeBackup,
    )
}
#: IMS stamps to the second, and an answer takes its time.
SKEW = timedelta(seconds=5)
#: So many images of one name are remembered one by one, the newest; what is older than those was there, too.
REMEMBERED = 100
_KILLED = gettext_lazy("The service began to make the image and gave up: its status is killed.")
#: Of an image to which nothing more happens by itself.
_ENDED = frozenset({"active", "killed", "deleted", "pending_delete"})
#: Appendix B: as many jobs as the service takes are under way.
BUSY = frozenset({"IMG.0060", "IMG.0194"})


def creation_request(parameters: dict[str, Any]) -> Order:
    """The typed request of {"order", "fields"}. Raises KeyError or TypeError for what no form would write."""
    fields = dict(parameters["fields"])
    fields["tags"] = _tags(fields)
    if "disks" in fields:
        fields["disks"] = [DataDisk(**{**disk, "tags": _tags(disk)}) for disk in fields["disks"]]
    if "data_images" in fields:
        fields["data_images"] = [DataFile(**{**disk, "tags": _tags(disk)}) for disk in fields["data_images"]]
    return ORDERS[parameters["order"]](**fields)


def metadata_of(fields: dict[str, Any]) -> Metadata:
    """The typed request of {"fields"}. Raises TypeError for what no form would write."""
    return Metadata(**{**fields, "tags": _tags(fields)})


def _tags(fields: dict[str, Any]) -> list[Tag]:
    return [Tag(tag["key"], tag.get("value", "")) for tag in fields.get("tags") or ()]


class CreationAction(Action):
    """What the three have in common."""

    repeatable = False
    makes = True

    def look(self, client: IMSClient, work: Work) -> Outcome | None:
        known = work.result.get("image_id")
        if known:
            return self._made(client, known)
        for image_id, document in _own_of_name(client, self.name_of(work), work):
            if self.is_it(document, work):
                if work.has_rival:
                    raise NotNow(_("Another image of this name is being made; which one is whose shows when it is."))
                return self._made(client, image_id)
        return None

    def known(self, client: IMSClient, work: Work) -> dict[str, Any]:
        return images_of_name(client, self.name_of(work))

    def _made(self, client: IMSClient, image_id: str) -> Outcome | None:
        return state_of(client, image_id, killed=str(_KILLED))

    def name_of(self, work: Work) -> str:
        return work.name

    def is_it(self, document: dict[str, Any], work: Work) -> bool:
        """Whether an image of the right name and time may be the one."""
        return True


def images_of_name(client: IMSClient, name: str) -> dict[str, Any]:
    """The images of a name: {"ids"}, and {"from": moment of the oldest of them} when there are more."""
    newest = client.images.list({"name": name, "sort_key": "created_at", "sort_dir": "desc"}, limit=REMEMBERED)
    held = list(islice(newest, REMEMBERED))
    oldest = held[-1].created_at if len(held) == REMEMBERED else None
    return {"ids": [image.id for image in held]} | ({"from": oldest.isoformat()} if oldest else {})


def _own_of_name(client: IMSClient, name: str, work: Work) -> Iterator[tuple[str, dict[str, Any]]]:
    for image in client.images.list({"name": name}):
        if image.id in work.claimed or not _is_new(client, image, work):
            continue
        document = json.loads(client.images.get_raw(image.id).raw)
        if document.get("owner") in (None, client.project_id):
            yield image.id, document


def _is_new(client: IMSClient, image: Image, work: Work) -> bool:
    """Whether it was not there when the call went out. Where that was not noted (before this release, or before the
    database was put back) its time tells, by the clock of the service that stamped it."""
    known = work.result.get("known")
    if known and "ids" in known:
        since = known.get("from")
        late = since is None or image.created_at is None or image.created_at >= datetime.fromisoformat(since)
        return late and image.id not in known["ids"]
    now = client.service_now()
    sent_at = now - work.age if now else work.sent_at
    return image.created_at is not None and image.created_at >= sent_at - SKEW


class Create(CreationAction):
    """{"order": name of a class of ORDERS, "fields": its fields}."""

    needs = (("5.1.3",),)

    def send(self, client: IMSClient, work: Work) -> Outcome:
        try:
            return Outcome(job_id=client.images.create(creation_request(work.parameters)))
        except Refused as error:
            if error.code in BUSY:
                raise NotNow(str(error)) from error
            raise

    def look(self, client: IMSClient, work: Work) -> Outcome | None:
        """Of several images each by its name; only when all have ended one way or the other is it over."""
        parts = parts_of(work.parameters)
        if len(parts) < 2:
            return super().look(client, work)
        there = _found_parts(client, parts, work)
        if not there:
            return None
        if work.has_rival:
            raise NotNow(_("Another image of this name is being made; which one is whose shows when it is."))
        ids = tuple(str(document["id"]) for _name, document in there)
        if len(there) < len(parts) or any(document.get("status") not in _ENDED for _name, document in there):
            return Outcome(changed=ids, later=True)
        return Outcome(changed=ids, ended=_as_job(there))

    def known(self, client: IMSClient, work: Work) -> dict[str, Any]:
        found = [
            images_of_name(client, name) for name in dict.fromkeys(part.name for part in parts_of(work.parameters))
        ]
        since = [one["from"] for one in found if "from" in one]
        return {"ids": [key for one in found for key in one["ids"]]} | ({"from": max(since)} if since else {})

    def name_of(self, work: Work) -> str:
        return parts_of(work.parameters)[0].name


def _found_parts(client: IMSClient, parts: Sequence[Part], work: Work) -> list[tuple[str, dict[str, Any]]]:
    """(name, document) of each part that is there, none twice."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for part in parts:
        new = (pair for pair in _own_of_name(client, part.name, work) if pair[0] not in found)
        for image_id, document in islice(new, 1):
            found[image_id] = (part.name, {**document, "id": image_id})
    return list(found.values())


def _as_job(there: Sequence[tuple[str, dict[str, Any]]]) -> Job:
    """What the service would have said of a job that made these images and has ended."""
    subs = []
    for name, document in there:
        done = document["status"] == "active"
        status, reason = ("SUCCESS", "") if done else ("FAIL", _KILLED)
        kind = "imsImportDataImageJob" if document.get("virtual_env_type") == "DataImage" else ""
        subs.append(Job("", status, kind, image_id=document["id"], image_name=name, reason=str(reason)))
    ended = all(job.succeeded for job in subs)
    return Job("", "SUCCESS" if ended else "FAIL", sub_jobs=tuple(subs))


class Copy(CreationAction):
    """{"name", "description", "cmk_id"}: a copy of the item's image."""

    needs = (("5.4.1",),)

    def send(self, client: IMSClient, work: Work) -> Outcome:
        said = work.parameters
        try:
            job_id = client.images.copy(
                work.image_id, said["name"], description=said.get("description"), cmk_id=said.get("cmk_id") or None
            )
        except Refused as error:
            if error.code in BUSY:
                raise NotNow(str(error)) from error
            raise
        return Outcome(job_id=job_id)

    def name_of(self, work: Work) -> str:
        return str(work.parameters["name"])

    def is_it(self, document: dict[str, Any], work: Work) -> bool:
        return document.get("__originalimagename") in (None, "", work.image_id)


class Empty(CreationAction):
    """{"fields": those of Metadata}: an image that waits for its file."""

    needs = (("6.1.6",),)

    def send(self, client: IMSClient, work: Work) -> Outcome:
        image = client.images.create_metadata(metadata_of(work.parameters["fields"]))
        return Outcome(result={"image_id": image.id}, changed=(image.id,))

    def _made(self, client: IMSClient, image_id: str) -> Outcome | None:
        try:
            found = state_of(client, image_id, killed="")
        except ActionFailed:
            return None
        return found and Outcome(result=found.result, changed=found.changed)

    def name_of(self, work: Work) -> str:
        return str(work.parameters["fields"].get("name") or work.name)
