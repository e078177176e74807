"""Configurations of OpenStack's tools, written for a test."""

from pathlib import Path
from typing import Any

import yaml

from images.clouds.services import configuration


def written(folder: Path, cloud: Any, **more: Any) -> configuration.Configuration:
    (folder / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"c": cloud}, **more}, sort_keys=False))
    return configuration.from_file(folder / "clouds.yaml")
