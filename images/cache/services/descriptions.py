"""What the service of a region says of itself, kept so that screens and rules can ask without asking it."""

import logging

import msgspec

from images.cache.rules.dialects import Dialect
from images.clouds.models import Region, ServiceDescription
from images.core import clock
from images.ims import IMSClient, IMSError

logger = logging.getLogger(__name__)


def keep(region: Region, dialect: Dialect, client: IMSClient, *, full: bool) -> None:
    """Reads the schema of images (6.3.1), where the dialect asks for it: when none is kept, and anew in each full
    synchronisation. A service that does not tell it is spoken to as before: whatever else is wrong with it, the
    synchronisation says."""
    if not dialect.describes_itself or not (full or not ServiceDescription.objects.filter(region=region).exists()):
        return
    try:
        properties = dict(client.schemas.image().properties)
    except IMSError as error:
        logger.info("the service of %s does not describe its images: %s", region, error)
        return
    ServiceDescription.objects.update_or_create(
        region=region,
        defaults={"image_schema": msgspec.json.encode(properties).decode(), "read_at": clock.now()},
    )
