"""The quota of private images (5.5.1)."""

from images.sandbox.call import Call
from images.sandbox.wire import Response, answer

# The example of 5.5.1 prints 1 and 1000; a sandbox with more images than that moves the second along.
_LEAST, _MOST = 1, 1000


def read(call: Call) -> Response:
    """GET /v1/cloudimages/quota (5.5.1): private images of the tenant in the region, used and allowed."""
    used, allowed = call.world.quota(call.project)
    resource = {"type": "image", "used": used, "quota": allowed, "min": _LEAST, "max": max(_MOST, allowed)}
    return answer({"quotas": {"resources": [resource]}})
