"""Rows, constraints, querysets. No HTTP, no calls."""

from images.models.clouds import Account, Project, Region, Synchronised
from images.models.image import Image, ImageChange, ImageTag
from images.models.operations import Job, Lane, Operation, OperationEvent, OperationItem
from images.models.posting import IndexState, Posting
from images.models.views import ListPreference, SavedView

__all__ = [
    "Account",
    "Image",
    "ImageChange",
    "ImageTag",
    "IndexState",
    "Job",
    "Lane",
    "ListPreference",
    "Operation",
    "OperationEvent",
    "OperationItem",
    "Posting",
    "Project",
    "Region",
    "SavedView",
    "Synchronised",
]
