"""What our pages may load, and where their forms may lead: nothing but ourselves."""

from csp.constants import NONE, SELF


def content_security_policy(*sign_in_origins: str) -> dict[str, dict[str, list[str]]]:
    """`sign_in_origins`: where people are led who sign in elsewhere (Chromium holds a form to where it ends up)."""
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "object-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF],
            "connect-src": [SELF],
            "font-src": [SELF],
            # Bootstrap's stylesheet carries its few glyphs (check mark, chevron) as data: images
            "img-src": [SELF, "data:"],
            # a sign-in elsewhere begins with a form of ours that is led on to there
            "form-action": [SELF, *sign_in_origins],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
        }
    }
