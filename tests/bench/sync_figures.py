"""Measures one database for bench_sync: `python -m tests.bench.sync_figures` prints a line of JSON (seconds, MB)."""

import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import django
import requests

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from images.cache.models.image import Image, ImageTag  # noqa: E402
from images.cache.services import writer  # noqa: E402
from images.cache.services.scheduling import managed_holders  # noqa: E402
from images.cache.services.sync import (  # noqa: E402
    reader_for,
    scopes_of,
    sync_holder,
)
from images.clouds.models import Project, Region  # noqa: E402
from images.clouds.services.clients import identity_of  # noqa: E402
from tests.clouds.projects import account_of, attached  # noqa: E402
from tests.sandbox_process import SandboxProcess  # noqa: E402

PAGE = 500
BATCH = 20 * PAGE
LATENCY = 0.2


def main() -> None:
    sandbox = attached(os.environ["SANDBOX_URL"])
    call_command("migrate", verbosity=0)
    manage_everything(sandbox)
    figures = {"first": timed(synchronise)}
    figures["unchanged"] = min(timed(synchronise) for _ in range(3))
    # ru_maxrss is in KB; the floors below hold rows that we never hold, so it is read before them
    figures["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    walker = Walker(sandbox)
    figures["fetch"] = min(timed(walker.walk) for _ in range(3))
    figures["write"] = rewrite()
    sandbox.latency(LATENCY)
    empty()
    figures["slow_first"] = timed(synchronise)
    figures["slow_unchanged"] = timed(synchronise)
    figures["slow_walk"] = timed(walker.walk)
    sandbox.clear_faults()
    print(json.dumps(figures))


def timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def manage_everything(sandbox: SandboxProcess) -> None:
    account = account_of(sandbox)
    for found in identity_of(account).projects():
        region, _created = Region.objects.get_or_create(cloud=account.auth_url, name=found.name.split("_")[0])
        Project.objects.create(
            account=account, region=region, project_id=found.id, name=found.name, endpoint=sandbox.base_url
        )


def synchronise() -> None:
    for holder in managed_holders():
        sync_holder(holder, full=True)


class Walker:
    """The bare walk: requests, json, markers; the lists that a synchronisation reads."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self._url = f"{sandbox.base_url}/v2/cloudimages"
        self._session = requests.Session()
        self._lists = []
        for holder in managed_holders():
            reader = reader_for(holder)
            token = sandbox.token(project_id=reader.project_id)
            self._lists += [(token, scope.filters) for scope in scopes_of(holder, reader)]

    def walk(self) -> int:
        return sum(len(page) for token, filters in self._lists for page in self._pages(token, filters))

    def _pages(self, token: str, filters: dict[str, str]) -> Iterator[list[Any]]:
        marker: dict[str, str] = {}
        while True:
            parameters = {**filters, "limit": str(PAGE), **marker}
            answer = self._session.get(self._url, params=parameters, headers={"X-Auth-Token": token}, timeout=60)
            page = json.loads(answer.content)["images"]
            yield page
            if len(page) < PAGE:
                return
            marker = {"marker": page[-1]["id"]}


def rewrite() -> float:
    """Seconds that the bare driver takes for the rows that are there now."""
    images, tags = _contents(Image), _contents(ImageTag)
    empty()
    return timed(lambda: _write(images, tags))


def _contents(model: type) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{model._meta.db_table}" ORDER BY id')
        return cursor.fetchall()


def _write(images: list[tuple[Any, ...]], tags: list[tuple[Any, ...]]) -> None:
    by_image: dict[int, list[tuple[Any, ...]]] = {}
    for tag in tags:
        by_image.setdefault(tag[-1], []).append(tag)
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        with transaction.atomic():
            _bare(Image, batch)
            _bare(ImageTag, [tag for image in batch for tag in by_image.get(image[0], ())])
            if connection.vendor == "sqlite":
                writer._index_words_sqlite([(batch[0][0], None, []), (batch[-1][0], None, [])])


def _bare(model: type, records: list[tuple[Any, ...]]) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                for record in records:
                    copy.write_row(record)
        elif records:
            marks = ", ".join("?" * len(records[0]))
            cursor.cursor.connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', records)


def empty() -> None:
    """Everything as before the first synchronisation."""
    ImageTag.objects.all()._raw_delete(connection.alias)
    Image.objects.all()._raw_delete(connection.alias)
    for model in (Project, Region):
        model.objects.update(published_at=None, synced_at=None, full_synced_at=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM images_posting")
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
