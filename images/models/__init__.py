"""Rows, constraints, querysets. No HTTP, no calls."""

from images.access.models import Grant, Membership, Team
from images.audit.models import AppendOnlyError, AuditEntry, AuditHead
from images.cache.models.image import Image, ImageChange, ImageTag
from images.cache.models.posting import IndexState, Posting
from images.clouds.models import Account, Project, Region, ServiceDescription, Synchronised
from images.core.models.process import Process
from images.core.models.remark import Remark
from images.core.models.setback import Setback
from images.incoming.models import IncomingShare, ShareEvent, SharePolicy, ShareVote
from images.making.models import Upload
from images.notices.models import (
    Delivery,
    DeliveryState,
    DeliveryWay,
    Notice,
    NoticeCopy,
    NoticePreference,
    Trouble,
    Webhook,
)
from images.operations.models.batch import ItemBatch
from images.operations.models.consent import Consent, ConsentPolicy
from images.operations.models.continuity import Continuity
from images.operations.models.operation import Job, Lane, Operation, OperationEvent, OperationItem
from images.partners.models import Partner
from images.quotas.models import QuotaSample, QuotaState
from images.reports.models import ReportSchedule
from images.search.models import ListPreference, SavedView
from images.sharing.models import MemberList, Share
from images.tags.models.file import TagFile
from images.tags.models.policy import TagPolicy, TagTrend

__all__ = [
    "Account",
    "AppendOnlyError",
    "AuditEntry",
    "AuditHead",
    "Consent",
    "ConsentPolicy",
    "Continuity",
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
    "Remark",
    "ReportSchedule",
    "SavedView",
    "ServiceDescription",
    "Setback",
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
