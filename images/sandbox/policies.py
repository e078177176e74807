"""What IAM lets a user do: the actions of chapter 8, by the addresses that it prints. Everybody may do everything until
the administration of the sandbox narrows it.

Chapter 8 does not list the quick import (5.1.4); it wants what any other creation from a file wants.
"""

from collections.abc import Iterable

from images.sandbox.errors import RefusedError, malformed

_READ, _READ_AND_CHANGE, _READ_AND_SHARE = (
    ("images:get",),
    ("images:get", "images:update"),
    ("images:get", "images:share"),
)
_BRING = ("images:get", "images:update", "images:upload", "images:create")
#: Not of IMS: what 5.1.6 and 5.1.7 want of the object storage.
OBS = "Tenant Administrator"

_NEEDS: dict[tuple[str, str], tuple[str, ...]] = {
    # 8.1
    ("GET", "/v2/cloudimages"): ("images:list",),
    ("GET", "/v2/images"): ("images:list",),
    ("GET", "/v2/images/{image_id}"): _READ,
    ("PATCH", "/v2/cloudimages/{image_id}"): _READ_AND_CHANGE,
    ("PATCH", "/v2/images/{image_id}"): _READ_AND_CHANGE,
    ("DELETE", "/v2/images/{image_id}"): ("images:get", "images:delete"),
    ("POST", "/v2/cloudimages/action"): (*_BRING, "serverImages:create"),
    ("POST", "/v2/cloudimages/quickimport/action"): (*_BRING, "serverImages:create"),
    ("POST", "/v1/cloudimages/wholeimages/action"): (*_BRING, "wholeImages:create"),
    ("POST", "/v2/images"): ("images:create",),
    ("PUT", "/v2/images/{image_id}/file"): ("images:get", "images:update", "images:upload"),
    ("PUT", "/v1/cloudimages/{image_id}/upload"): (*_BRING, OBS),
    ("POST", "/v1/cloudimages/{image_id}/file"): ("images:get", "images:export", OBS),
    ("GET", "/v1.1/images/detail"): ("images:list",),
    ("HEAD", "/v1/images/{image_id}"): _READ,
    ("DELETE", "/v1.1/images/{image_id}"): ("images:delete",),
    # 8.2
    ("PUT", "/v2/images/{image_id}/tags/{tag}"): _READ_AND_CHANGE,
    ("DELETE", "/v2/images/{image_id}/tags/{tag}"): _READ_AND_CHANGE,
    ("PUT", "/v1/cloudimages/tags"): _READ_AND_CHANGE,
    ("GET", "/v1/cloudimages/tags"): ("images:list",),
    ("POST", "/v2/{project_id}/images/resource_instances/action"): ("images:list",),
    ("POST", "/v2/{project_id}/images/{image_id}/tags/action"): ("images:update",),
    ("POST", "/v2/{project_id}/images/{image_id}/tags"): ("images:update",),
    ("DELETE", "/v2/{project_id}/images/{image_id}/tags/{key}"): ("images:update",),
    ("GET", "/v2/{project_id}/images/{image_id}/tags"): ("images:list",),
    ("GET", "/v2/{project_id}/images/tags"): ("images:list",),
    # 8.4
    ("POST", "/v2/images/{image_id}/members"): _READ_AND_SHARE,
    ("PUT", "/v2/images/{image_id}/members/{member_id}"): _READ_AND_SHARE,
    ("GET", "/v2/images/{image_id}/members/{member_id}"): _READ_AND_SHARE,
    ("GET", "/v2/images/{image_id}/members"): _READ_AND_SHARE,
    ("DELETE", "/v2/images/{image_id}/members/{member_id}"): _READ_AND_SHARE,
    ("POST", "/v1/cloudimages/members"): _READ_AND_SHARE,
    ("PUT", "/v1/cloudimages/members"): _READ_AND_SHARE,
    ("DELETE", "/v1/cloudimages/members"): _READ_AND_SHARE,
    # 8.5 to 8.7; the job under both of its addresses
    ("POST", "/v1/cloudimages/{image_id}/copy"): (*_BRING, "images:copy"),
    ("GET", "/v1/cloudimages/quota"): ("images:list", "quotas:get"),
    ("GET", "/v1/cloudimages/job/{job_id}"): ("imageJobs:getPercentage",),
    ("GET", "/v1/{project_id}/jobs/{job_id}"): ("imageJobs:getPercentage",),
}


class Policies:
    """Which actions the users have, by their names. Callers hold the lock of the world."""

    def __init__(self) -> None:
        self._granted: dict[str, frozenset[str]] = {}

    def grant(self, user: str, actions: Iterable[object] | None) -> None:
        """From now on the user has these actions ("ims:images:list", "Tenant Administrator") and no others; ``None``:
        all of them again.

        :raises RefusedError: IMG.0001, one of them is none.
        """
        self._granted.pop(user, None)
        if actions is None:
            return
        names = [name.removeprefix("ims:") if isinstance(name, str) else "" for name in actions]
        unknown = set(names) - {action for needs in _NEEDS.values() for action in needs}
        if unknown:
            raise malformed(f"There are no such actions: {', '.join(sorted(unknown))}.")
        self._granted[user] = frozenset(names)

    def check(self, user: str, method: str, path: str) -> None:
        """Whether the user may call an operation, by the path that its route has.

        :raises RefusedError: 403 with IMG.0026, an action is missing; which one is not said.
        """
        granted = self._granted.get(user)
        if granted is not None and not granted.issuperset(_NEEDS.get((method, path), ())):
            raise RefusedError("IMG.0026", 403)
