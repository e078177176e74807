"""A small OpenID Connect provider on loopback: discovery, code flow with PKCE, signed tokens, user info. It says yes to
whoever comes, as the person in `claims`."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "console", "secret-of-the-client"


class Provider:
    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        #: What the token is signed with, and what the provider calls itself, when that is not as it should be.
        self.signs_with: Any = None
        self.calls_itself = ""
        #: What the user info says, when that is not what the token says.
        self.user_info: dict[str, Any] | None = None
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.codes: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, url: str) -> str:
        """What a browser does that is sent there: comes back with a code. The address it comes back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        asked = self.codes.pop(form["code"])
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        assert proof == asked["code_challenge"]
        now = int(time.time())
        told = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, **self.claims}
        key, algorithm = (self.key, "RS256") if self.signs_with is None else self.signs_with
        signed = jwt.encode(told, key, algorithm=algorithm, headers={"kid": "1"})
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": signed}

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        match path:
            case "/.well-known/openid-configuration":
                ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
                told = {f"{name}_endpoint": f"{self.url}/{end}" for name, end in ends.items()}
                return told | {"issuer": self.calls_itself or self.url, "jwks_uri": f"{self.url}/jwks"}
            case "/jwks":
                return {"keys": [json.loads(RSAAlgorithm.to_jwk(self.key.public_key())) | {"kid": "1"}]}
            case "/token":
                return self.token(form)
            case _:
                return self.claims if self.user_info is None else self.user_info

    def _handler(provider: "Provider") -> type[BaseHTTPRequestHandler]:  # noqa: N805 # `self` is the request's
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if urlsplit(self.path).path == "/authorize":  # a real browser
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(self.path))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                length = int(self.headers.get("Content-Length") or 0)
                form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
                body = json.dumps(provider.answer(urlsplit(self.path).path, form)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 # as the standard library calls it

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler
