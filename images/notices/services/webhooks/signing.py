"""Secrets and signatures, as standardwebhooks.com says, so that its libraries verify them.

base64(HMAC-SHA256(secret, "{webhook-id}.{webhook-timestamp}.{body}"))
"""

import base64
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    """32 random bytes, as people copy them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, uid: str, timestamp: int, body: bytes) -> str:
    """“v1,” and the signature of a request."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.digest(key, f"{uid}.{timestamp}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(signed).decode()
