"""manage.py verify_audit [--expect NUMBER:DIGEST]: whether the audit is as it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from images.audit.services.sealing import seal
from images.audit.services.verifying import MOST, Report, verify


class Command(BaseCommand):
    help = (
        "Walks the chain of the audit and names each entry that was removed, altered, inserted or moved. Exit status 1 "
        "when there is one. The last line is the end of the chain: keep it elsewhere, and hand it to --expect later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect", default="", metavar="NUMBER:DIGEST", help="an end that an earlier run printed")

    def handle(self, *_args: object, **options: Any) -> None:
        expect = options["expect"]
        if expect and not expect.partition(":")[0].isdecimal():
            raise CommandError("--expect wants NUMBER:DIGEST, as an earlier run printed it in its last line.")
        seal()
        report = Report()
        found = 0
        for finding in verify(report, expect=expect):
            self.stdout.write(f"{finding.fault.upper()} at {finding.number or 'the end'}: {finding.sentence}")
            found += 1
        if report.truncated:
            self.stdout.write(f"… and no further than the first {MOST}.")
        self.stdout.write(f"{report.checked} entries in the chain, {report.unsealed} not sealed, {found} findings.")
        if found:
            raise CommandError("The audit is not as it was written.")
        self.stdout.write(f"end: {report}")
