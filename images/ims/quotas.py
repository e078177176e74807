"""How many images a project may have (5.5.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from images.ims.answers import Answer
from images.ims.capabilities import USAGE
from images.ims.errors import NotFound, NotOffered
from images.ims.service import Service
from images.ims.values import as_number, as_text


@dataclass(frozen=True, slots=True)
class Quota:
    """How many images of a type the project may have, in its region. `maximum` is what the quota can be raised to."""

    type: str
    used: int
    quota: int
    minimum: int | None = None
    maximum: int | None = None

    @property
    def unlimited(self) -> bool:
        """A Glance says -1 for no limit."""
        return self.quota < 0

    @property
    def left(self) -> int | None:
        """How many more; None when there is no limit."""
        return None if self.unlimited else max(0, self.quota - self.used)


class Quotas:
    """What the project may still create: by 5.5.1, or by the usage call of a Glance that keeps quotas."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def list(self) -> Sequence[Quota]:
        """All quotas of the project (GET /v1/cloudimages/quota, 5.5.1).

        Of a Glance: GET /v2/info/usage of its own API, where the number of images has the type "image" and others
        keep their names (image_size_total is MB). Raises NotOffered when it keeps none.
        """
        return self._read()[0]

    def images(self) -> Quota:
        """The quota of private images (5.5.1). Raises NotOffered for a Glance without quotas."""
        quotas, answer = self._read()
        for quota in quotas:
            if quota.type == "image":
                return quota
        raise answer.malformed("there is no quota of images in it")

    def _read(self) -> tuple[Sequence[Quota], Answer]:
        if not self._service.capabilities.offers("5.5.1"):
            return self._usage()
        answer = self._service.get("5.5.1", "/v1/cloudimages/quota")
        return _quotas(answer), answer

    def _usage(self) -> tuple[Sequence[Quota], Answer]:
        try:
            answer = self._service.get(USAGE, "/v2/info/usage")
        except NotFound as error:
            raise NotOffered(_NO_QUOTAS) from error
        usage = answer.read_object().get("usage")
        if not isinstance(usage, dict):
            raise answer.malformed("there is no usage in it")
        if not usage:
            raise NotOffered(_NO_QUOTAS)
        return [_usage_of(name, entry, answer) for name, entry in usage.items()], answer


def _quotas(answer: Answer) -> Sequence[Quota]:
    quotas = answer.read_object().get("quotas")
    resources = quotas.get("resources") if isinstance(quotas, dict) else None
    if not isinstance(resources, list):
        raise answer.malformed("there are no quotas.resources in it")
    return [_quota(entry, answer) for entry in resources]


_NO_QUOTAS = "This Glance keeps no quotas."


def _usage_of(name: str, entry: Any, answer: Answer) -> Quota:
    if not isinstance(entry, Mapping):
        raise answer.malformed("a usage that is no object")
    renamed = {"type": _IMAGES.get(name, name), "used": entry.get("usage"), "quota": entry.get("limit")}
    return _quota(renamed, answer)


_IMAGES = {"image_count_total": "image"}


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
