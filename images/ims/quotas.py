"""Quota of private images (5.5.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from images.ims.answers import Answer
from images.ims.service import Service
from images.ims.values import as_number, as_text


@dataclass(frozen=True, slots=True)
class Quota:
    """How many images of a type the project may have, in its region. `maximum` is what the quota can be raised to."""

    type: str
    used: int
    quota: int
    minimum: int | None
    maximum: int | None

    @property
    def left(self) -> int:
        return max(0, self.quota - self.used)


class Quotas:
    """What the project may still create. Of IMS only; a Glance tells its limits by refusing."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def list(self) -> Sequence[Quota]:
        """All quotas of the project (GET /v1/cloudimages/quota, 5.5.1). Raises NotOffered for a Glance."""
        return self._read()[0]

    def images(self) -> Quota:
        """The quota of private images (5.5.1)."""
        quotas, answer = self._read()
        for quota in quotas:
            if quota.type == "image":
                return quota
        raise answer.malformed("there is no quota of images in it")

    def _read(self) -> tuple[Sequence[Quota], Answer]:
        answer = self._service.get("5.5.1", "/v1/cloudimages/quota")
        quotas = answer.read_object().get("quotas")
        resources = quotas.get("resources") if isinstance(quotas, dict) else None
        if not isinstance(resources, list):
            raise answer.malformed("there are no quotas.resources in it")
        return [_quota(entry, answer) for entry in resources], answer


def _quota(entry: Any, answer: Answer) -> Quota:
    if not isinstance(entry, Mapping):
        raise answer.malformed("a quota that is no object")
    try:
        used, quota = as_number(entry.get("used")), as_number(entry.get("quota"))
        if used is None or quota is None:
            raise answer.malformed("a quota without used and quota")
        return Quota(
            type=as_text(entry.get("type")),
            used=used,
            quota=quota,
            minimum=as_number(entry.get("min")),
            maximum=as_number(entry.get("max")),
        )
    except (ValueError, OverflowError) as error:
        raise answer.malformed(f"in a quota: {error}") from error
