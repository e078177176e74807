"""What must hold before a call to IMS: one place for forms, buttons, previews and services.

Two kinds of questions, and pure answers to both: no database, no network.

- Of what somebody entered: `check_…(…)` gives a list of `Broken` (field, sentence, code, section), empty when all is
  well. Parameters have the names of IMS, so `Broken.field` finds its input.
- Of an image as it is: `problem_of_…(image, …)` gives one `Broken` or None, `can_…` says yes or no. An image is any
  object with the attributes of `Subject`: a row of the cache as it is, or `Facts`.

Services turn either into an exception with `insist(…)`. A `Broken` without a code is a rule that the reference sets
without naming a code, or (without a section) one of the console's own. What only the service can know (whether a
server, a bucket, a key exists; flow control) is not judged here.

    check_name("web ")            -> [Broken("name", "A name neither starts nor ends with a space.", "IMG.0003", "9.1")]
    problem_of_delete(image)      -> Broken("", "The image is protected. Lift the protection first.", "IMG.0028", "9.1")
    ACTS["share"](image)          # by the values of enums.ActKind, for previews and buttons
    problem_of("share", image, members=128)

The rules are those of IMS; a plain Glance sets fewer. The sandbox has a reading of its own, and tests compare the two.
"""

from images.rules.acts import (
    ACTS,
    can_answer,
    can_copy,
    can_delete,
    can_edit,
    can_export,
    can_fill,
    can_protect,
    can_share,
    can_tag,
    can_unshare,
    problem_of,
    problem_of_answer,
    problem_of_copy,
    problem_of_delete,
    problem_of_edit,
    problem_of_export,
    problem_of_fill,
    problem_of_protect,
    problem_of_share,
    problem_of_tag,
    problem_of_unshare,
)
from images.rules.broken import Broken, RulesBroken, insist, within
from images.rules.changing import can_change, check_attribute, check_exclusions, check_patch, check_removal, spelling
from images.rules.creating import (
    check_copy,
    check_from_disks,
    check_from_file,
    check_from_server,
    check_from_volume,
    check_image,
    check_metadata,
    check_quick_import,
    check_whole_image,
)
from images.rules.files import (
    check_address,
    check_export_address,
    check_export_format,
    check_import_address,
    check_import_size,
    check_upload_size,
)
from images.rules.os_versions import OS_VERSIONS
from images.rules.queries import check_list, check_tag_query
from images.rules.sharing import check_answer, check_pair, check_project_id, check_recipients
from images.rules.subject import Facts, Subject, is_encrypted, is_foreign, is_iso, is_own, is_public
from images.rules.tag_changes import WISHES, TagDifference, Wish, check_wish, difference
from images.rules.tags import (
    check_batch,
    check_dotted_tag,
    check_metadata_tags,
    check_native_tag,
    check_new_tags,
    check_number,
    check_one_tag,
    check_own_key,
    check_room,
    check_tag,
    check_unique,
    typed_pair,
)
from images.rules.texts import (
    check_architecture,
    check_description,
    check_memory,
    check_min_disk,
    check_name,
    check_os_type,
    check_os_version,
)

__all__ = [
    "ACTS",
    "OS_VERSIONS",
    "WISHES",
    "Broken",
    "Facts",
    "RulesBroken",
    "Subject",
    "TagDifference",
    "Wish",
    "can_answer",
    "can_change",
    "can_copy",
    "can_delete",
    "can_edit",
    "can_export",
    "can_fill",
    "can_protect",
    "can_share",
    "can_tag",
    "can_unshare",
    "check_address",
    "check_answer",
    "check_architecture",
    "check_attribute",
    "check_batch",
    "check_copy",
    "check_description",
    "check_dotted_tag",
    "check_exclusions",
    "check_export_address",
    "check_export_format",
    "check_from_disks",
    "check_from_file",
    "check_from_server",
    "check_from_volume",
    "check_image",
    "check_import_address",
    "check_import_size",
    "check_list",
    "check_memory",
    "check_metadata",
    "check_metadata_tags",
    "check_min_disk",
    "check_name",
    "check_native_tag",
    "check_new_tags",
    "check_number",
    "check_one_tag",
    "check_os_type",
    "check_os_version",
    "check_own_key",
    "check_pair",
    "check_patch",
    "check_project_id",
    "check_quick_import",
    "check_recipients",
    "check_removal",
    "check_room",
    "check_tag",
    "check_tag_query",
    "check_unique",
    "check_upload_size",
    "check_whole_image",
    "check_wish",
    "difference",
    "insist",
    "is_encrypted",
    "is_foreign",
    "is_iso",
    "is_own",
    "is_public",
    "problem_of",
    "problem_of_answer",
    "problem_of_copy",
    "problem_of_delete",
    "problem_of_edit",
    "problem_of_export",
    "problem_of_fill",
    "problem_of_protect",
    "problem_of_share",
    "problem_of_tag",
    "problem_of_unshare",
    "spelling",
    "typed_pair",
    "within",
]
