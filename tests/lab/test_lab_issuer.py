"""The lab's issuer: what it serves, and the chains it presents, as openssl sees them."""

import base64
import hashlib
import json
import re
import ssl
import subprocess
import urllib.request
from http.client import HTTPResponse
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from sidecar.lab.lab import Lab, Pod
from sidecar.lab.plan import Certificate, IssuerPlan, Scenario
from sidecar.lab.scenarios import SCENARIOS

PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def fetch(pod: Pod, url: str) -> HTTPResponse:
    """Return the response to a GET, trusting the pod's bundle; no proxy."""
    context = ssl.create_default_context(cafile=pod.environ["AWS_CA_BUNDLE"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    answer: HTTPResponse = opener.open(url, timeout=10)
    return answer


def discovery_url(pod: Pod) -> str:
    """Return where the pod's issuer publishes its document."""
    return f"{pod.issuer.url}/.well-known/openid-configuration"


def presented(pod: Pod) -> tuple[list[str], str]:
    """Return the PEMs that openssl sees at the JWKS host, and the rest of what it says."""
    address = urlsplit(pod.issuer.jwks_url).netloc
    command = ["openssl", "s_client", "-connect", address, "-showcerts", "-CAfile", pod.environ["AWS_CA_BUNDLE"]]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=20, check=False)
    # The leaf stands once more after the chain.
    return PEM.findall(done.stdout.partition("Server certificate")[0]), done.stdout


def test_discovery_is_as_a_clusters(lab: Lab) -> None:
    """The document has the fields of a real cluster's, and names a key set on another host (FACTS K4)."""
    with lab.pod(SCENARIOS["healthy"]) as pod, fetch(pod, discovery_url(pod)) as answer:
        document = json.load(answer)
        assert answer.headers["Cache-Control"] == "max-age=3600"
        assert document["issuer"] == pod.issuer.url
        assert set(document) == {
            "issuer",
            "jwks_uri",
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
        }
        assert urlsplit(document["jwks_uri"]).hostname != urlsplit(pod.issuer.url).hostname


def test_kid_is_the_keys_own_digest(lab: Lab) -> None:
    """The kid is base64url of the key's SHA-256, and stands in the token's header without typ (FACTS C13, K3)."""
    with lab.pod(SCENARIOS["healthy"]) as pod, fetch(pod, pod.issuer.jwks_url) as answer:
        (key,) = json.load(answer)["keys"]
        token = (pod.directory / "token" / "token").read_text(encoding="utf-8")
    header = json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    assert header == {"alg": "RS256", "kid": key["kid"]}
    assert set(key) == {"use", "kty", "kid", "alg", "n", "e"}


@pytest.mark.parametrize(
    ("name", "status"),
    [("issuer-access-denied", 403), ("discovery-missing", 404), ("issuer-unreachable", 500)],
)
def test_discovery_breaks_by_status(lab: Lab, name: str, status: int) -> None:
    """A broken issuer answers with the status that its scenario names."""
    with lab.pod(SCENARIOS[name]) as pod, pytest.raises(HTTPError) as caught:
        fetch(pod, discovery_url(pod))
    assert caught.value.code == status
    caught.value.close()


def test_a_breakage_that_only_sts_meets_is_not_the_pods(lab: Lab) -> None:
    """What a firewall blocks for AWS, the pod can still fetch."""
    with lab.pod(SCENARIOS["verification-key-unavailable"]) as pod, fetch(pod, pod.issuer.jwks_url) as answer:
        assert len(json.load(answer)["keys"]) == 1


def test_too_many_keys_are_one_more_than_sts_reads(lab: Lab) -> None:
    """The scenario of too many keys has more than 100 RSA keys (FACTS A17)."""
    with lab.pod(SCENARIOS["jwks-too-many-keys"]) as pod, fetch(pod, pod.issuer.jwks_url) as answer:
        assert len([key for key in json.load(answer)["keys"] if key["kty"] == "RSA"]) > 100


def test_chain_is_leaf_then_intermediate(lab: Lab) -> None:
    """The good chain verifies for openssl, has two certificates, and the thumbprint is the last one's (FACTS B1)."""
    with lab.pod(SCENARIOS["healthy"]) as pod:
        chain, text = presented(pod)
        provider = pod.account.provider(pod.issuer.url)
    assert len(chain) == 2
    assert "Verify return code: 0 (ok)" in text
    digest = hashlib.sha1(ssl.PEM_cert_to_DER_cert(chain[-1]), usedforsecurity=False).hexdigest()
    assert provider is not None
    assert provider.thumbprint_list == [digest]


@pytest.mark.parametrize(
    ("kind", "certificates", "verdict"),
    [
        (Certificate.WITH_ROOT, 3, "0 (ok)"),
        (Certificate.EXPIRED, 2, "10 (certificate has expired)"),
        (Certificate.EXPIRING, 2, "0 (ok)"),
        (Certificate.DISORDERED, 3, "0 (ok)"),
        (Certificate.DUPLICATED, 3, "0 (ok)"),
        (Certificate.STRANGER, 3, "0 (ok)"),
        (Certificate.UNTRUSTED, 2, "20 (unable to get local issuer certificate)"),
    ],
)
def test_chains_are_broken_as_named(lab: Lab, kind: Certificate, certificates: int, verdict: str) -> None:
    """Each kind of chain is broken in its way for openssl, which passes over disorder as AWS does not."""
    scenario = Scenario(name="chain", summary="", issuer=IssuerPlan(certificate=kind))
    with lab.pod(scenario) as pod:
        chain, text = presented(pod)
    assert len(chain) == certificates
    assert f"Verify return code: {verdict}" in text or f"verify error:num={verdict.partition(' ')[0]}" in text


def test_wrong_name_is_a_wildcard_that_fits_no_host(lab: Lab) -> None:
    """A certificate of the wrong name is trusted, and for another host."""
    with lab.pod(SCENARIOS["issuer-certificate-name-mismatch"]) as pod, pytest.raises(OSError, match="not valid for"):
        fetch(pod, pod.issuer.jwks_url)
