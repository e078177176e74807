"""The images of one creation (5.1.3), each with the order that would ask for it alone; and which sub-job made which.

A creation of several images is one call and one job, whose sub-jobs make an image each (5.6.1, Tables 5-34 and 5-36).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from images.core.ims_limits import MAX_SYSTEM_DISK, QUICK_IMPORT_FORMATS
from images.ims import Job

Parameters = Mapping[str, Any]

#: Parameters of an item that nobody can ask for once more by itself.
NOT_ALONE: Final = "not_alone"
#: Words of an order that an image of it takes over where it has none of its own (5.1.3).
_INHERITED = ("description", "tags")


@dataclass(frozen=True, slots=True)
class Part:
    """An image that was asked for. `parameters`: the order of this image alone; with NOT_ALONE among them there is no
    such order, and they say what was asked for. `job`: the sub-job that makes it, None when the service names none."""

    name: str
    is_data: bool
    parameters: dict[str, Any]
    job: Job | None = None


def parts_of(parameters: Parameters) -> list[Part]:
    """The images of {"order", "fields"}: data disks of a server, a system disk's file with those of data disks, or one
    of any other kind."""
    order, fields = parameters["order"], parameters["fields"]
    if order == "DataDisks":
        return [_disk(fields, disk) for disk in fields.get("disks") or ()]
    system = {name: value for name, value in fields.items() if name != "data_images"}
    first = Part(str(fields.get("name", "")), order == "QuickDataFile", {"order": order, "fields": system})
    return [first, *(_file(fields, disk) for disk in fields.get("data_images") or ())]


def _disk(fields: Parameters, disk: Parameters) -> Part:
    shared = {name: value for name, value in fields.items() if name != "disks"}
    return Part(str(disk["name"]), True, {"order": "DataDisks", "fields": {**shared, "disks": [dict(disk)]}})


def _file(fields: Parameters, disk: Parameters) -> Part:
    """The file of a data disk comes alone only by quick import (5.1.4): RAW and ZVHD2, to a disk of up to 1 TB."""
    words = {name: fields[name] for name in _INHERITED if name in fields}
    own = {"name": str(fields.get("name", "")), **words, **disk}
    if own.get("tags") == [] and fields.get("tags"):
        own["tags"] = fields["tags"]
    own.pop("is_quick_import", None)
    if fields.get("os_type") in ("Linux", "Windows"):
        own["os_type"] = fields["os_type"]  # 5.1.3: that of the system disk
    parameters: dict[str, Any] = {"order": "QuickDataFile", "fields": own}
    ending = str(own["image_url"]).rpartition(".")[2].lower()
    if ending not in QUICK_IMPORT_FORMATS or own["min_disk"] > MAX_SYSTEM_DISK:
        parameters[NOT_ALONE] = True
    return Part(own["name"], True, parameters)


def matched(parts: Sequence[Part], jobs: Sequence[Job]) -> list[Part]:
    """The parts, each with its sub-job; behind them what the service made besides (disks inside of an OVA file).

    Nothing in Table 5-36 says for which part of the request a sub-job is, and one that failed need not tell a name. In
    the order of the request where no name contradicts it; else by name, system disks before data disks; what is left
    over has the order alone.
    """
    if len(parts) == len(jobs) and all(
        job.image_name in ("", part.name) for part, job in zip(parts, jobs, strict=True)
    ):
        return [replace(part, job=job) for part, job in zip(parts, jobs, strict=True)]
    left = list(jobs)
    found: list[Part] = []
    for part in parts:
        same = [job for job in left if job.image_name == part.name]
        job = next((job for job in same if _is_data(job) == part.is_data), same[0] if same else None)
        if job is not None:
            left.remove(job)
        found.append(replace(part, job=job))
    nameless = [job for job in left if not job.image_name]
    open_parts = [place for place, part in enumerate(found) if part.job is None]
    if len(nameless) == len(open_parts):
        for place, job in zip(open_parts, nameless, strict=True):
            found[place] = replace(found[place], job=job)
            left.remove(job)
    return [*found, *(_besides(parts[0], job) for job in left)]


def _is_data(job: Job) -> bool:
    return "Data" in job.type


def _besides(first: Part, job: Job) -> Part:
    return Part(job.image_name or job.id, _is_data(job), {**first.parameters, NOT_ALONE: True}, job)
