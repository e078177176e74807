"""Client for the Image Management Service (IMS) and OpenStack Glance. Knows HTTP and images, nothing of Django.

    auth = PasswordAuth("https://iam.example.com", "user", "secret", "account", project_id=project_id)
    client = IMSClient("https://ims.example.com", project_id, auth)
    for image in client.images.list(visibility="public", os_type="Linux"):
        print(image.name, image.size_bytes)

Section numbers in the docstrings are those of the IMS API reference.
"""

from images.ims.auth.credentials import (
    AccessKey,
    ApplicationCredential,
    Credentials,
    OidcClient,
    OidcClientCredentials,
    OidcPassword,
    PasswordCredentials,
    Scope,
    TokenCredential,
)
from images.ims.auth.signature import AkSkAuth
from images.ims.auth.tokens import PasswordAuth, Token, TokenAuth
from images.ims.capabilities import Capabilities, capabilities_of
from images.ims.client import IMSClient
from images.ims.codes import ErrorCode, catalogue, lookup
from images.ims.connections import Trust, Verify
from images.ims.errors import (
    BadRequest,
    Conflict,
    ConnectionFailed,
    FileFailed,
    FileTimedOut,
    Forbidden,
    IMSError,
    InvalidCall,
    JobFailed,
    JobTimedOut,
    MalformedAnswer,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    Redirected,
    Refused,
    ResponseError,
    ServerError,
    Throttled,
    TimedOut,
    Unauthorized,
    UnknownFilter,
)
from images.ims.filters import TimeFilter
from images.ims.identity import CloudProject, Endpoint, Identity
from images.ims.image import Image, decode_image, image_of
from images.ims.jobs import Job, JobResult
from images.ims.listing import Page, RawImage, RawPage
from images.ims.members import Member
from images.ims.orders import (
    DataDisk,
    DataDisks,
    DataFile,
    IsoFile,
    Metadata,
    Order,
    QuickDataFile,
    QuickSystemFile,
    SystemDisk,
    SystemFile,
    Volume,
    WholeBackup,
    WholeServer,
)
from images.ims.patch import Change
from images.ims.quotas import Quota
from images.ims.retry import NO_RETRY, RetryPolicy
from images.ims.schemas import Schema
from images.ims.tag import Tag, tag_of
from images.ims.tags import TaggedImage, TaggedImages, TagQuery
from images.ims.tracing import CallRecord, correlated, watch_all
from images.ims.versions import Version

__all__ = [
    "NO_RETRY",
    "AccessKey",
    "AkSkAuth",
    "ApplicationCredential",
    "BadRequest",
    "CallRecord",
    "Capabilities",
    "Change",
    "CloudProject",
    "Conflict",
    "ConnectionFailed",
    "Credentials",
    "DataDisk",
    "DataDisks",
    "DataFile",
    "Endpoint",
    "ErrorCode",
    "FileFailed",
    "FileTimedOut",
    "Forbidden",
    "IMSClient",
    "IMSError",
    "Identity",
    "Image",
    "InvalidCall",
    "IsoFile",
    "Job",
    "JobFailed",
    "JobResult",
    "JobTimedOut",
    "MalformedAnswer",
    "Member",
    "Metadata",
    "NotFound",
    "NotOffered",
    "OidcClient",
    "OidcClientCredentials",
    "OidcPassword",
    "Order",
    "OutcomeUnknown",
    "Page",
    "PasswordAuth",
    "PasswordCredentials",
    "QuickDataFile",
    "QuickSystemFile",
    "Quota",
    "RawImage",
    "RawPage",
    "Redirected",
    "Refused",
    "ResponseError",
    "RetryPolicy",
    "Schema",
    "Scope",
    "ServerError",
    "SystemDisk",
    "SystemFile",
    "Tag",
    "TagQuery",
    "TaggedImage",
    "TaggedImages",
    "Throttled",
    "TimeFilter",
    "TimedOut",
    "Token",
    "TokenAuth",
    "TokenCredential",
    "Trust",
    "Unauthorized",
    "UnknownFilter",
    "Verify",
    "Version",
    "Volume",
    "WholeBackup",
    "WholeServer",
    "capabilities_of",
    "catalogue",
    "correlated",
    "decode_image",
    "image_of",
    "lookup",
    "tag_of",
    "watch_all",
]
