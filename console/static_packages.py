"""Where Python packages have the files that pages need: no asset comes from elsewhere."""

import importlib.util
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def package_data(package: str) -> Path:
    """The data folder of an XStatic package; found without importing it (its namespace wants pkg_resources)."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ImproperlyConfigured(f"{package} is missing: install requirements.txt")
    return Path(next(iter(spec.submodule_search_locations))) / "data"
