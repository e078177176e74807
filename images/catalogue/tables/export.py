"""The columns of the list in a file: exact values instead of the rounded ones on the screen, under stable names."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from images.search.filters.fields import SPELLINGS
from images.search.queries.listing import Row
from images.search.queries.matching import Matching
from images.tags.queries.policy import breaches_in


def heading(column: str) -> str:
    """Units stand in the heading, since the cells of a file are bare numbers."""
    return SPELLINGS[column].heading or column.replace("-", "_")


def exported(row: Row, columns: Sequence[str], matching: Matching) -> list[Any]:
    """The values of a row: numbers as numbers, times in UTC (ISO 8601), tags as a list of key=value."""
    return [_value(column, row, matching) for column in columns]


def _value(column: str, row: Row, matching: Matching) -> Any:
    if column == "project":
        return matching.vocabulary.labels.get(row["project_id"], "")
    if column == "region":
        return matching.vocabulary.region_names.get(row["region_id"], "")
    if column == "tags":
        return [f"{key}={value}" if value else key for key, value in row["tags"]]
    if column == "policy":
        return breaches_in(matching.snapshot).names_of_image(row["pk"])
    if column == "encrypted":
        return bool(row["key_id"])
    value = row[SPELLINGS[column].reads[0]]
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
