"""The columns of the list in a file: exact values instead of the rounded ones on the screen, under stable names."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from images.selectors.listing import NEEDS, Row
from images.selectors.matching import Matching
from images.selectors.tag_policy import breaches_in

#: Units stand in the heading of a file, since its cells are bare numbers.
_UNITS = {"size": "size_bytes", "disk": "min_disk_gb", "ram": "min_ram_mb", "maxram": "max_ram_mb"}


def heading(column: str) -> str:
    return _UNITS.get(column, column.replace("-", "_"))


def exported(row: Row, columns: Sequence[str], matching: Matching) -> list[Any]:
    """The values of a row: numbers as numbers, times in UTC (ISO 8601), tags as a list of key=value."""
    return [_value(column, row, matching) for column in columns]


def _value(column: str, row: Row, matching: Matching) -> Any:
    if column == "project":
        return matching.vocabulary.labels.get(row["project_id"], "")  # type: ignore[call-overload]
    if column == "region":
        return matching.vocabulary.region_names.get(row["region_id"], "")  # type: ignore[call-overload]
    if column == "tags":
        return [f"{key}={value}" if value else key for key, value in row["tags"]]  # type: ignore[attr-defined]
    if column == "policy":
        return [one.name for one in breaches_in(matching.snapshot).of_image(row["pk"])]  # type: ignore[call-overload]
    if column == "encrypted":
        return bool(row["key_id"])
    value = row[NEEDS[column][0] if NEEDS[column] else column]
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
