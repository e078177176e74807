"""Rows, constraints, querysets. No HTTP, no calls."""

from images.models.audit import AppendOnlyError, AuditEntry, AuditHead
from images.models.clouds import Account, Project, Region, Synchronised
from images.models.consent import Consent, ConsentPolicy
from images.models.image import Image, ImageChange, ImageTag
from images.models.incoming import IncomingShare, ShareEvent, SharePolicy, ShareVote
from images.models.notices import (
    Delivery,
    DeliveryState,
    DeliveryWay,
    Notice,
    NoticeCopy,
    NoticePreference,
    Trouble,
    Webhook,
)
from images.models.operations import ItemBatch, Job, Lane, Operation, OperationEvent, OperationItem
from images.models.partners import Partner
from images.models.posting import IndexState, Posting
from images.models.processes import Process
from images.models.quotas import QuotaSample, QuotaState
from images.models.reports import ReportSchedule
from images.models.shares import MemberList, Share
from images.models.tag_files import TagFile
from images.models.tag_policy import TagPolicy, TagTrend
from images.models.teams import Grant, Membership, Team
from images.models.uploads import Upload
from images.models.views import ListPreference, SavedView

__all__ = [
    "Account",
    "AppendOnlyError",
    "AuditEntry",
    "AuditHead",
    "Consent",
    "ConsentPolicy",
    "Delivery",
    "DeliveryState",
    "DeliveryWay",
    "Grant",
    "Image",
    "ImageChange",
    "ImageTag",
    "IncomingShare",
    "IndexState",
    "ItemBatch",
    "Job",
    "Lane",
    "ListPreference",
    "MemberList",
    "Membership",
    "Notice",
    "NoticeCopy",
    "NoticePreference",
    "Operation",
    "OperationEvent",
    "OperationItem",
    "Partner",
    "Posting",
    "Process",
    "Project",
    "QuotaSample",
    "QuotaState",
    "Region",
    "ReportSchedule",
    "SavedView",
    "Share",
    "ShareEvent",
    "SharePolicy",
    "ShareVote",
    "Synchronised",
    "TagFile",
    "TagPolicy",
    "TagTrend",
    "Team",
    "Trouble",
    "Upload",
    "Webhook",
]
