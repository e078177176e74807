"""Making images from servers, disks and files (5.1.3), quickly from files (5.1.4), from whole servers (5.1.5)."""

from typing import Any

from images.sandbox import making
from images.sandbox.call import Call
from images.sandbox.documents import Document
from images.sandbox.errors import RefusedError, malformed
from images.sandbox.making import Plan
from images.sandbox.refusals import sources, tags, texts
from images.sandbox.refusals.images import check_flow
from images.sandbox.things import GIB
from images.sandbox.wire import Response

MAX_DATA_IMAGES = 3
Fields = dict[str, Any]


def image(call: Call) -> Response:
    """POST /v2/cloudimages/action (5.1.3): from a server, from its data disks, from a file, from an ISO-made disk.

    Which of them is meant follows from the fields: ``image_url``, ``volume_id``, ``data_images``, ``instance_id``.
    """
    fields = call.request.fields()
    if fields.get("image_url") is not None:
        plans = _from_file(call, fields)
    elif fields.get("volume_id") is not None:
        plans = [_from_volume(call, fields)]
    elif fields.get("data_images"):
        plans = _from_data_disks(call, fields)
    else:
        plans = [_from_server(call, fields)]
    return making.job_answer(making.start(call, plans))


def quick_import(call: Call) -> Response:
    """POST /v2/cloudimages/quickimport/action (5.1.4): a system or data disk image from a RAW or ZVHD2 file."""
    fields = call.request.fields()
    kind = fields.get("type")
    if kind == "DataImage":
        plan = _quick_data(call, fields)
    elif kind in (None, "", "ECS", "BMS"):
        plan = _quick_system(call, fields)
    else:
        raise RefusedError("IMG.0024")
    check_flow(call.jobs, call.project, imports=True)
    return making.job_answer(making.start(call, [plan]))


def whole_image(call: Call) -> Response:
    """POST /v1/cloudimages/wholeimages/action (5.1.5): from a server with all its disks, or from a CSBS backup."""
    fields = call.request.fields()
    if fields.get("instance_id") and fields.get("backup_id"):
        raise RefusedError("IMG.0105")
    from_backup = fields.get("backup_id") is not None
    if from_backup:
        backup_id = fields["backup_id"]
        source = sources.backup(call.world, call.project, backup_id)
    else:
        source = sources.server(call.world, call.project, fields.get("instance_id"))
        sources.check_for_whole_image(source)
        backup_id = call.world.new_id()
    made = _document(call, fields, source["os_version"])
    made |= _memory(fields)
    made |= {
        "__whole_image": True,
        "__backup_id": backup_id,
        "__data_origin": f"server_backup,{backup_id}",
        "min_disk": max(1, min(source["disk"], texts.MAX_SYSTEM_DISK)),
    }
    job_type = "imsCreateWholeImageByBackupJob" if from_backup else "imsCreateWholeImageByInstanceJob"
    plan = Plan(made, job_type, "CreateWholeImageTask", source["disk"] * GIB // 4)
    plan.seconds = making.WHOLE_SECONDS
    with call.world.store.transaction():
        job_id = making.start(call, [plan])
        _keep_backup(call, backup_id, source, made)
    return making.job_answer(job_id)


def _keep_backup(call: Call, backup_id: str, source: Fields, made: Document) -> None:
    """A backup serves one image only; making a full-ECS image of a server makes a backup first."""
    facts = {"status": "available", "shared_disk": False, "name": made["name"], "project_id": call.project.id}
    facts |= {"region": call.project.region, "os_version": source["os_version"], "disk": source["disk"]}
    if "image_id" in source:
        facts = source
    call.world.store.put_thing("backup", backup_id, facts | {"image_id": made["id"]})


def _document(call: Call, fields: Fields, os_version: str) -> Document:
    """The new image with name, description and tags of the request."""
    return making.new_document(
        call,
        texts.name(fields.get("name")),
        texts.description(fields.get("description")),
        tags.of_new_image(fields),
        os_version,
    )


def _memory(fields: Fields) -> Document:
    """``min_ram`` and ``max_ram`` in MB; the latter is a text in answers."""
    found: Document = {"min_ram": texts.ram(fields.get("min_ram"))}
    if fields.get("max_ram") is not None:
        found["max_ram"] = str(texts.ram(fields["max_ram"]))
    return found


def _from_server(call: Call, fields: Fields) -> Plan:
    server_id = fields.get("instance_id")
    server = sources.server(call.world, call.project, server_id)
    sources.check_for_system_image(server)
    made = _document(call, fields, server["os_version"]) | _memory(fields)
    made |= {"min_disk": server["disk"], "__data_origin": f"instance,{server_id}", "__sequence_num": "0"}
    return Plan(made, "imsCreateImageByInstance", "CreateImageByInstanceTask", server["disk"] * GIB // 8)


def _from_data_disks(call: Call, fields: Fields) -> list[Plan]:
    if fields.get("instance_id") is not None:
        raise RefusedError("IMG.0105")
    entries = _entries(fields["data_images"])
    plans = []
    servers = set()
    for entry in entries:
        volume_id = entry.get("volume_id")
        volume = sources.volume(call.world, call.project, volume_id)
        servers.add(volume["server_id"])
        # What stands inside wins over what stands outside (5.1.3); the name has to stand inside.
        texts.name(entry.get("name"))
        made = _document(call, _merged(fields, entry), "")
        made |= {"virtual_env_type": "DataImage", "__os_type": "Linux", "min_disk": volume["size"]}
        made |= {"__data_origin": f"volume,{volume_id}", "__sequence_num": "1"}
        plans.append(Plan(made, "imsVolumeCreateImageJob", "VolumeCreateImageTask", volume["size"] * GIB // 8))
    if len(servers) > 1:
        raise RefusedError("IMG.0140")
    return plans


def _from_volume(call: Call, fields: Fields) -> Plan:
    """A system disk image from a data disk, the last step of installing from an ISO image (7.1)."""
    if fields.get("instance_id") is not None:
        raise RefusedError("IMG.0105")
    if fields.get("type") not in ("ECS", "BMS"):
        raise RefusedError("IMG.0117")
    volume_id = fields["volume_id"]
    volume = sources.volume(call.world, call.project, volume_id)
    made = _document(call, fields, texts.os_version(fields.get("os_version"), required=True))
    made |= _memory(fields)
    made |= {"min_disk": volume["size"], "__data_origin": f"volume,{volume_id}", "__sequence_num": "0"}
    if fields["type"] == "BMS":
        made["virtual_env_type"] = "Ironic"
    return Plan(made, "imsCreateImageByInstance", "CreateImageByVolumeTask", volume["size"] * GIB // 8)


def _from_file(call: Call, fields: Fields) -> list[Plan]:
    if fields.get("instance_id") is not None:
        raise RefusedError("IMG.0105")
    kind = fields.get("type")
    if kind not in (None, "", "ECS", "BMS", "IsoImage", "IsolImage", "Isolmage"):
        raise RefusedError("IMG.0024")
    iso = bool(kind) and str(kind).startswith("Iso")
    quick = texts.boolean(fields.get("is_quick_import"), "is_quick_import")
    check_flow(call.jobs, call.project, imports=True)
    plans = [_system_file(call, fields, iso=iso, quick=quick)]
    addresses = {fields["image_url"]}
    entries = _entries(fields["data_images"]) if fields.get("data_images") else []
    if len(entries) > MAX_DATA_IMAGES:
        raise malformed(f"A file brings at most {MAX_DATA_IMAGES} data disks.")
    for entry in entries:
        plan = _data_file(call, fields, entry, addresses)
        plan.image["__os_type"] = plans[0].image.get("__os_type", "Linux")
        plans.append(plan)
    return plans


def _system_file(call: Call, fields: Fields, *, iso: bool, quick: bool) -> Plan:
    version = texts.os_version(
        fields.get("os_version"), required=iso or quick, missing="IMG.0166" if iso else "IMG.0056"
    )
    formats = frozenset({"iso"}) if iso else sources.IMPORT_FORMATS | {"ova"}
    most = sources.MAX_IMPORT
    if quick:
        formats, most = sources.QUICK_FORMATS, sources.MAX_QUICK_IMPORT
    made = _document(call, fields, version) | _memory(fields)
    made["min_disk"] = texts.min_disk(fields.get("min_disk"))
    address, ending, facts = sources.file(call.world, call.project, fields["image_url"], formats, most)
    key = sources.encryption_key(call.world, call.project, fields.get("cmk_id"))
    if key and fields.get("type") == "BMS":
        raise RefusedError("IMG.0118")
    made |= _of_file(address) | ({"__system__cmkid": key} if key else {})
    os_type = texts.os_type(fields.get("os_type"))
    if os_type and not version:
        made["__os_type"] = os_type
    if texts.boolean(fields.get("is_config"), "is_config"):
        made["__is_config_init"] = "true"
    if iso:
        made |= {"virtual_env_type": "IsoImage", "disk_format": "iso"}
    elif fields.get("type") == "BMS":
        made["virtual_env_type"] = "Ironic"
    job_type = "imsImportOvaImageJob" if ending == "ova" else "imsImportImageJob"
    return _file_plan(made, job_type, facts)


def _data_file(call: Call, fields: Fields, entry: Fields, addresses: set[Any]) -> Plan:
    quick = texts.boolean(entry.get("is_quick_import"), "is_quick_import")
    formats = sources.QUICK_FORMATS if quick else sources.IMPORT_FORMATS
    most = sources.MAX_QUICK_IMPORT if quick else sources.MAX_IMPORT
    address, _ending, facts = sources.file(call.world, call.project, entry.get("image_url"), formats, most)
    if address in addresses:
        raise RefusedError("IMG.0123")
    addresses.add(address)
    made = _document(call, _merged(fields, entry), "")
    made["min_disk"] = texts.min_disk(entry.get("min_disk"), texts.MAX_DATA_DISK)
    made |= _of_file(address) | {"virtual_env_type": "DataImage"}
    return _file_plan(made, "imsImportDataImageJob", facts)


def _quick_system(call: Call, fields: Fields) -> Plan:
    version = texts.os_version(fields.get("os_version"), required=True)
    architecture = fields.get("architecture")
    if architecture is None or architecture == "":
        architecture = "x86"
    if not isinstance(architecture, str) or architecture.lower() not in ("x86", "arm"):
        raise RefusedError("IMG.0212")
    made = _document(call, fields, version)
    address, facts = _quick_file(call, fields, made)
    made |= _of_file(address)
    if architecture.lower() == "arm":
        made |= {"architecture": "arm", "hw_firmware_type": "uefi"}
    if fields.get("type") == "BMS":
        made["virtual_env_type"] = "Ironic"
    return _file_plan(made, "imsImportImageJob", facts)


def _quick_data(call: Call, fields: Fields) -> Plan:
    os_type = texts.os_type(fields.get("os_type"), ("Linux", "Windows")) or "Linux"
    made = _document(call, fields, "")
    address, facts = _quick_file(call, fields, made)
    made |= _of_file(address) | {"virtual_env_type": "DataImage", "__os_type": os_type}
    return _file_plan(made, "imsImportDataImageJob", facts)


def _quick_file(call: Call, fields: Fields, made: Document) -> tuple[str, Fields]:
    """The file of a quick import; the disk must be larger than it."""
    made["min_disk"] = texts.min_disk(fields.get("min_disk"))
    address, _ending, facts = sources.file(
        call.world, call.project, fields.get("image_url"), sources.QUICK_FORMATS, sources.MAX_QUICK_IMPORT
    )
    if made["min_disk"] * GIB <= facts["size"]:
        raise RefusedError("IMG.0055")
    return address, facts


def _of_file(address: str) -> Document:
    return {"__root_origin": "file", "__data_origin": f"file,{address}"}


def _file_plan(made: Document, job_type: str, facts: Fields) -> Plan:
    plan = Plan(made, job_type, "ImportImageTask", facts["size"])
    plan.broken = bool(facts.get("broken"))
    return plan


def _entries(given: Any) -> list[Fields]:
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise malformed("data_images must be a list of objects.")
    return given


def _merged(fields: Fields, entry: Fields) -> Fields:
    """The fields of one data disk: those of the request, replaced by its own; tags come from one of the two."""
    if "tags" in entry or "image_tags" in entry:
        fields = {name: value for name, value in fields.items() if name not in ("tags", "image_tags")}
    return fields | entry
