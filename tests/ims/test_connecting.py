"""Connections that never come about: each has a kind and a sentence, and nothing was sent."""

import datetime as dt
import ipaddress
import socket
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from images.ims import NO_RETRY, ConnectionFailed, IMSClient
from tests.ims.conftest import PROJECT
from tests.ims.server import Reply, ScriptedServer

OK = Reply(300, {"versions": [{"id": "v2.2"}]})


def client_at(url: str, **options) -> IMSClient:
    return IMSClient(url, PROJECT, None, **({"retry": NO_RETRY, "timeout": (1.0, 1.0)} | options))


def failure_of(client: IMSClient) -> ConnectionFailed:
    with pytest.raises(ConnectionFailed) as caught:
        client.versions.list()
    assert caught.value.measure
    return caught.value


def test_refused():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure_of(client_at(f"http://127.0.0.1:{port}"))
    assert error.kind == "refused"
    assert error.host == f"127.0.0.1:{port}"
    assert "refused the connection" in str(error)
    assert "refused" in error.detail.lower()


def test_unknown_name(monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failure_of(client_at("http://iam.nowhere.example"))
    assert error.kind == "dns"
    assert str(error) == "The host name iam.nowhere.example cannot be found."


def test_a_name_that_cannot_be_one():
    assert failure_of(client_at("http://ims..example.com")).kind == "dns"


def test_nobody_accepts():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = []
        for _ in range(4):  # the queue of the listener holds one or two; the rest get no answer
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(address)
            waiting.append(one)
        time.sleep(0.05)
        try:
            error = failure_of(client_at(f"http://127.0.0.1:{address[1]}", timeout=(0.3, 1.0)))
        finally:
            for one in waiting:
                one.close()
    assert error.kind == "timeout"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1; returns (context of a server, path of the certificate)."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, folder / "key.pem")
    return context, path


@pytest.fixture
def tls_server(certificate):
    running = ScriptedServer(OK)
    running.use_tls(certificate[0])
    with running:
        yield running


def test_untrusted_certificate(tls_server):
    error = failure_of(client_at(tls_server.url))
    assert error.kind == "tls"
    assert "is not trusted: self-signed certificate" in str(error)
    assert "CA bundle" in error.measure
    assert tls_server.asked == []


def test_certificate_of_another_name(tls_server, certificate):
    error = failure_of(client_at(tls_server.url.replace("127.0.0.1", "localhost"), verify=str(certificate[1])))
    assert error.kind == "tls"
    assert "localhost" in str(error)


def test_a_ca_bundle_makes_it_trusted(tls_server, certificate):
    assert client_at(tls_server.url, verify=str(certificate[1])).versions.list()[0].id == "v2.2"


def test_a_ca_bundle_that_cannot_be_read(tls_server, tmp_path):
    error = failure_of(client_at(tls_server.url, verify=str(tmp_path / "missing.pem")))
    assert error.kind == "tls"
    assert "CA bundle" in str(error)


def test_https_where_http_is_spoken(server):
    server.script(OK)
    error = failure_of(client_at(server.url.replace("http:", "https:")))
    assert error.kind == "tls"
    assert server.asked == []


def test_a_proxy_that_is_not_there(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "")
    error = failure_of(client_at("http://ims.example.com"))
    assert error.kind == "proxy"
