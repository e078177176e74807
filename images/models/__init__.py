"""Rows, constraints, querysets. No HTTP, no calls."""

from images.models.clouds import Account, Project, Region, Synchronised
from images.models.image import Image, ImageChange, ImageTag
from images.models.operations import Job, Lane, Operation, OperationEvent, OperationItem
from images.models.posting import IndexState, Posting
from images.models.teams import Grant, Membership, Team
from images.models.views import ListPreference, SavedView

__all__ = [
    "Account",
    "Grant",
    "Image",
    "ImageChange",
    "ImageTag",
    "IndexState",
    "Job",
    "Lane",
    "ListPreference",
    "Membership",
    "Operation",
    "OperationEvent",
    "OperationItem",
    "Posting",
    "Project",
    "Region",
    "SavedView",
    "Synchronised",
    "Team",
]
