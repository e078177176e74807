"""Which static files are collected: Bootstrap's package brings forty variants, of which we use the minified ones.

Hashing and compressing all of them took two thirds of the time of `collectstatic`, at each first start.
"""

from django.contrib.staticfiles.apps import StaticFilesConfig


class UsedStaticFiles(StaticFilesConfig):
    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "bootstrap-*",
        "*.rtl.*",
        "bootstrap.css*",
        "bootstrap.esm*",
        "bootstrap.js*",
        "bootstrap.bundle.js*",
    ]
