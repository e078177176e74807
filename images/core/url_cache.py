"""URLs that never change while the process lives: looked up once, since a list names two dozen of them."""

from functools import cache

from django.urls import reverse


@cache
def cached_url(name: str, *arguments: object) -> str:
    """reverse(name, args=arguments), remembered. Only for a handful of fixed arguments."""
    return reverse(name, args=arguments)


class CachedUrls(dict[str, str]):
    """The same for templates, `places.completion`: six {% url %} cost 0.5 ms a page.

    `export_csv` and `act_delete` are URLs with an argument; `account_logout` and the like are those of the sign-in.
    """

    def __missing__(self, name: str) -> str:
        route, _underscore, kind = name.partition("_")
        if route in {"export", "act"} and kind:
            self[name] = cached_url(f"images:{route}", kind)
        else:
            self[name] = cached_url(name if name in _SIGN_IN else f"images:{name}")
        return self[name]


_SIGN_IN = frozenset({"account_logout", "account_change_password"})
CACHED_URLS = CachedUrls()
