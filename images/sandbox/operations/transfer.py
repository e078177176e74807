"""Copying, exporting and registering (5.4.1, 5.1.7, 5.1.6)."""

from images.sandbox import making
from images.sandbox.call import Call
from images.sandbox.documents import EMPTY_MD5
from images.sandbox.errors import RefusedError
from images.sandbox.jobs import SAVING_FRACTION
from images.sandbox.making import BASE_SECONDS, SECONDS_PER_GIB, Plan
from images.sandbox.operations.details import image_of_path
from images.sandbox.refusals import images as rules
from images.sandbox.refusals import sources, texts
from images.sandbox.refusals.sharing import check_owner
from images.sandbox.things import GIB
from images.sandbox.wire import Response

# Attributes that a copy does not take over from its source.
_NOT_COPIED = ("deleted", "deleted_at", "active_at", "__system__cmkid", "__backup_id", "__root_origin")


def copy(call: Call) -> Response:
    """POST /v1/cloudimages/{image_id}/copy (5.4.1): a new private image in the same region."""
    row = image_of_path(call)
    fields = call.request.fields()
    name, description = texts.name(fields.get("name")), texts.description(fields.get("description"))
    key = rules.check_copy(call.world, call.project, row, fields.get("cmk_id"))
    source = call.world.document(row)
    made = making.new_document(call, name, description, {}, "")
    kept = {item: value for item, value in source.items() if item not in made and item not in _NOT_COPIED}
    for item in ("min_disk", "min_ram", "disk_format", "virtual_env_type", "hw_firmware_type"):
        made[item] = source.get(item, made.get(item))
    if row.support_kvm != "true":
        del made["__support_kvm"]
    made |= kept
    made |= {"__originalimagename": row.id, "__data_origin": f"image,{call.project.region},{row.id}"}
    made.pop("checksum", None)
    if key:
        made["__system__cmkid"] = key
    plan = Plan(made, "imsCopyImageInRegionJob", "CopyImageInRegionTask", int(source.get("__image_size") or 0))
    plan.copy_of = row.id
    plan.changes["checksum"] = source.get("checksum")
    return making.job_answer(making.start(call, [plan]))


def export(call: Call) -> Response:
    """POST /v1/cloudimages/{image_id}/file (5.1.7): write the file of an image into a bucket."""
    row = image_of_path(call)
    fields = call.request.fields()
    quick = texts.boolean(fields.get("is_quick_export"), "is_quick_export")
    rules.export_format(fields.get("file_format"), quick=quick)
    rules.check_export(call.world, call.jobs, call.project, row, quick=quick)
    address = rules.export_address(call.world, call.project, fields.get("bucket_url"))
    rules.check_flow(call.jobs, call.project)
    size = int(call.world.document(row).get("__image_size") or 0)
    job_id = call.jobs.start(
        call.project.id,
        rules.EXPORT_JOB,
        BASE_SECONDS + SECONDS_PER_GIB * size / GIB,
        image_id=row.id,
        entities={"image_name": row.name, "current_task": "ExportImageTask"},
        events=[[1.0, "exported", {"image_id": row.id, "address": address, "size": size}]],
    )
    return making.job_answer(job_id)


def register(call: Call) -> Response:
    """PUT /v1/cloudimages/{image_id}/upload (5.1.6): fill the metadata of 6.1.6 with a file from a bucket."""
    row = image_of_path(call)
    fields = call.request.fields()
    check_owner(call.project, row)
    if row.status != "queued" or call.jobs.open_for(row.id, "imsNativeImportImageJob"):
        raise RefusedError("IMG.1075")
    address, _ending, facts = sources.file(
        call.world, call.project, fields.get("image_url"), sources.REGISTER_FORMATS, sources.MAX_QUICK_IMPORT
    )
    rules.check_flow(call.jobs, call.project, imports=True)
    changes = {"__image_size": str(facts["size"]), "checksum": EMPTY_MD5}
    changes |= {"__root_origin": "file", "__data_origin": f"file,{address}"}
    last = {"image_id": row.id, "changes": changes, "broken": bool(facts.get("broken"))}
    job_id = call.jobs.start(
        call.project.id,
        "imsNativeImportImageJob",
        BASE_SECONDS + SECONDS_PER_GIB * facts["size"] / GIB,
        image_id=row.id,
        failed="killed",
        entities={"image_name": row.name, "current_task": "ImportImageTask"},
        events=[[SAVING_FRACTION, "saving", {"image_id": row.id}], [1.0, "active", last]],
    )
    return making.job_answer(job_id)
