"""AK/SK signatures, compared with the vendor's own signer."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given
from hypothesis import strategies as st

from images.ims import AkSkAuth, InvalidCall
from images.ims.auth.signature import canonical_request
from tests.ims.conftest import PROJECT
from tests.ims.server import Reply

AK, SK = "EXAMPLEACCESSKEY0001", "exampleSecretKey/with+odd=characters"


def moment() -> datetime:
    return datetime(2026, 3, 1, 12, 30, 45, tzinfo=UTC)


class _Credentials:
    ak, sk = AK, SK


def theirs(request: requests.PreparedRequest) -> str:
    """The Authorization that the vendor's SDK makes for the same request."""
    signed = request.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    parts = urlsplit(request.url)
    sdk = SdkRequest(
        method=request.method,
        schema=parts.scheme,
        host=parts.netloc,
        resource_path=parts.path,
        query_params=parse_qsl(parts.query, keep_blank_values=True),
        header_params={name: value for name, value in request.headers.items() if name.lower() in signed},
        body=request.body or "",
    )
    return Signer(_Credentials()).sign(sdk).header_params["Authorization"]


def ours(method: str, url: str, **options) -> requests.PreparedRequest:
    prepared = requests.Session().prepare_request(requests.Request(method, url, **options))
    return AkSkAuth(AK, SK, PROJECT, clock=moment)(prepared)


@pytest.mark.parametrize(
    ("method", "url", "options"),
    [
        ("GET", "https://ims.example.com/v2/cloudimages", {}),
        ("GET", "https://ims.example.com:8443/v2/cloudimages?__imagetype=gold&visibility=public&limit=5", {}),
        ("GET", "https://ims.example.com/v2/cloudimages?created_at=gte%3A2026-01-01T00%3A00%3A00Z&name=a%20b%2Bc", {}),
        ("GET", "https://ims.example.com/v2/cloudimages?name=%E4%BD%A0%20~_-.%2F&tag=", {}),
        ("DELETE", "https://ims.example.com/v2/p/images/i/tags/a%2Fb%20%C3%BC", {}),
        ("GET", "https://ims.example.com/", {}),
        ("PUT", "https://ims.example.com/v1/cloudimages/tags", {"json": {"image_id": "x", "tag": "a.ü"}}),
        ("POST", "https://ims.example.com/v2/images", {"json": {}}),
    ],
)
def test_the_signature_is_that_of_the_vendors_signer(method, url, options):
    request = ours(method, url, **options)
    assert request.headers["X-Sdk-Date"] == "20260301T123045Z"
    assert request.headers["X-Project-Id"] == PROJECT
    assert request.headers["Authorization"] == theirs(request)


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=10), st.text(max_size=10)), max_size=5),
    st.text(alphabet=st.characters(exclude_characters="/?#", exclude_categories=["Cs"]), min_size=1, max_size=15),
    st.binary(max_size=50),
)
def test_for_all_queries_paths_and_bodies(query, segment, body):
    from urllib.parse import quote, urlencode

    if segment in {".", ".."}:
        return
    try:
        url = f"https://ims.example.com/v2/{quote(segment, safe='')}/x?" + urlencode(query, quote_via=quote, safe="")
    except UnicodeEncodeError:
        return
    request = ours("POST", url, data=body, headers={"Content-Type": "application/json"})
    assert request.headers["Authorization"] == theirs(request)


def test_the_canonical_request_reads_as_documented():
    assert canonical_request("get", "https://h/v2/images?b=2&a=1", {"host": "h", "x-sdk-date": "d"}, "e3b0") == (
        "GET\n/v2/images/\na=1&b=2\nhost:h\nx-sdk-date:d\n\nhost;x-sdk-date\ne3b0"
    )


def test_bodies_above_12_mb_are_refused_before_they_are_sent():
    with pytest.raises(InvalidCall, match="12 MB"):
        ours("PUT", "https://h/x", data=b"x" * (12 * 1024 * 1024 + 1))


def test_half_a_key_is_refused():
    with pytest.raises(InvalidCall):
        AkSkAuth("ak", "")


@pytest.mark.parametrize("values", [("a\n", "x", "p"), ("ü", "x", "p"), ("a", "x", "p\r\nX: 1"), ("a b", "x", "")])
def test_keys_that_no_header_can_carry(values):
    with pytest.raises(InvalidCall):
        AkSkAuth(*values)


def test_secrets_are_nowhere_to_be_read(server, client_of, caplog):
    auth = AkSkAuth(AK, SK, PROJECT)
    server.script(Reply(300, {"versions": []}))
    with caplog.at_level("DEBUG", logger="images.ims"):
        client_of(auth=auth).versions.list()
    assert SK not in repr(auth)
    assert SK not in caplog.text
    assert AK not in caplog.text
    assert auth.fingerprint in caplog.text


def test_a_refused_signature_is_not_tried_again(server, client_of):
    server.script(Reply(401))
    with pytest.raises(Exception, match="did not accept"):
        client_of(auth=AkSkAuth(AK, SK, PROJECT)).versions.list()
    assert len(server.asked) == 1
