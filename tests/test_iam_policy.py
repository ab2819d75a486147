"""The IAM policy that users are given permits exactly what the tool asks for."""

import json
from pathlib import Path

from sidecar.lab.plan import READS
from sidecar.probe.iam import PERMISSIONS

ROOT = Path(__file__).resolve().parent.parent


def test_policy_permits_what_is_asked_for_and_no_more() -> None:
    """Each action once, nothing with a wildcard in it; the lab permits the same."""
    document = json.loads((ROOT / "manifests/iam/read-role-and-provider.json").read_text(encoding="utf-8"))
    actions = [statement["Action"] for statement in document["Statement"]]
    assert sorted(actions) == sorted(PERMISSIONS.values()) == sorted(READS)
    assert {statement["Effect"] for statement in document["Statement"]} == {"Allow"}


def test_docs_name_every_permission() -> None:
    """The page about IAM has a row for each."""
    page = (ROOT / "docs/iam.md").read_text(encoding="utf-8")
    assert [permission for permission in PERMISSIONS.values() if f"`{permission}`" not in page] == []
