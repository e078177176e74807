"""Alarms and dashboard of deploy/: rules that Prometheus takes, about figures that are there, one series a thing."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from images.cache.services import background
from images.cache.services.scheduling import ref_of
from images.clouds.models import Account, Project, Region
from images.clouds.services.clients import client_for
from images.core import processes
from images.core.enums import ProcessKind, RemarkKind
from images.core.models.process import Process
from images.core.models.setback import Setback
from images.core.remarks import note
from images.operations.enums import OperationState
from tests.clouds.projects import project_of
from tests.sandbox_process import ROOT

RULES = ROOT / "deploy" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
_NAME = re.compile(r"\bconsole_\w+")


@pytest.fixture
def figures(anonymous, settings):
    settings.METRICS_TOKEN = "open-sesame"

    def read() -> str:
        answer = anonymous.get("/metrics", headers={"Authorization": "Bearer open-sesame"})
        assert answer.status_code == 200
        return answer.content.decode()

    return read


def expressions() -> list[str]:
    rules = [rule["expr"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    panels = [target["expr"] for one in json.loads(DASHBOARD.read_text())["panels"] for target in one["targets"]]
    return [*rules, *panels]


@pytest.mark.parametrize("file", [RULES])
def test_prometheus_takes_the_rules(file: Path):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed here (Debian: prometheus)")
    checked = subprocess.run([promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_prometheus_takes_the_queries_of_the_dashboard(tmp_path: Path):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed here (Debian: prometheus)")
    queries = [expr.replace("$__rate_interval", "5m") for expr in expressions()]
    rules = [{"record": f"panel_{number}", "expr": expr} for number, expr in enumerate(queries)]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    checked = subprocess.run([promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.django_db
def test_every_figure_that_they_name_is_there(figures, anonymous, cloud):
    project = project_of(cloud)
    background.sync_woken(ref_of(project))
    cloud.fault(kind="status", operation="5.1.1", status=503, times=1)
    client_for(project).images.raw_page(limit=1)  # once more by itself
    anonymous.get("/healthz")
    processes.report_alive(ProcessKind.WORKER, ["celery"])
    note(RemarkKind.MESSAGE, "celery")
    Setback.objects.create(sweep="samples", row="1", failures=1, next_at="2026-01-01T00:00Z")
    there = set(re.findall(r"(?m)^(console_\w+)(?:\{| )", figures()))
    named = {name for expr in expressions() for name in _NAME.findall(expr)}
    assert len(named) > 20
    assert named - there == set()


@pytest.mark.django_db
def test_two_accounts_of_one_cloud_have_a_series_for_each_project(figures, cloud):
    """R21: both have a project of the same name, and one of them fails."""
    first = project_of(cloud)
    Project.objects.filter(pk=first.pk).update(error="")
    account = Account.objects.get(pk=first.account_id)
    account.pk, account.name = None, f"{account.name} (second)"
    account.save()
    Project.objects.create(
        account=account, region=first.region, name=first.name, project_id="f" * 32, endpoint=first.endpoint,
        enabled=True, error="no route",
    )  # fmt: skip
    failing = next(
        family for family in text_string_to_metric_families(figures()) if family.name == "console_sync_failing"
    )
    told = {(one.labels["account"], one.labels["project_id"]): one.value for one in failing.samples}
    assert len(told) == len(failing.samples) == 2
    assert sorted(told.values()) == [0.0, 1.0]


@pytest.mark.django_db
def test_no_series_comes_twice(figures, cloud):
    """Prometheus takes the last of two that are equal, so that a failing one can hide."""
    project_of(cloud)
    for name in ("a", "b"):
        Process.objects.create(
            kind=ProcessKind.WORKER, queues="celery", name=name, version="1", memory=5,
            started_at="2026-01-01T00:00Z", seen_at="2026-01-01T00:00Z",
        )  # fmt: skip
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for family in text_string_to_metric_families(figures()):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in seen
            seen.add(key)
    assert Region.objects.exists()


@pytest.mark.django_db
def test_outcomes_are_counted(figures, client):
    def count(name: str, **labels: str) -> float:
        return sum(
            one.value
            for family in text_string_to_metric_families(figures())
            for one in family.samples
            if one.name == name and labels.items() <= one.labels.items()
        )

    assert count("console_operations_finished_total", state=OperationState.FAILED) >= 0
    before = count("console_sign_ins_total", outcome="failed")
    client.post("/accounts/login/", {"login": "nobody", "password": "wrong"})
    assert count("console_sign_ins_total", outcome="failed") == before + 1
    assert count("console_disk_free_bytes", place="var") > 0
    assert count("console_process_resident_bytes", kind="web") > 10_000_000
    assert count("console_broker_up") == 1
