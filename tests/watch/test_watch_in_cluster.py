"""What `watch` asks of the Kubernetes API: two GETs an hour, though each diagnosis is a process of its own."""

import json
import sys
from pathlib import Path

from cluster import API_TOKEN, account_object, answering, context, mounted, served, variables, with_mount
from servers import Authority, Server
from sidecar.lab.lab import Pod
from watching import Watching, until

LATER = "2026-11-22T09:00:00Z"
BECOME = "import json, os, sys; command = json.loads(sys.argv[1]); os.execvp(command[0], [*command, *sys.argv[2:]])"


def test_the_api_is_asked_once_an_hour(pod: Pod, tmp_path: Path) -> None:
    """Every run names what it showed, and only the first one asked; the token is in nothing that is served or said."""
    authority = Authority(tmp_path)
    folder = mounted(tmp_path / "serviceaccount", authority).parent
    command = with_mount(folder, [sys.executable, "-m", "sidecar"])
    program = ("-c", BECOME, json.dumps(command))
    answers = answering(account=served(account_object("arn:aws:iam::111122220001:role/another", LATER)))
    with (
        Server(answers, context(authority)) as server,
        Watching(pod, "--interval", "1s", program=program, variables=variables(server)) as watching,
    ):
        assert watching.event("root_cause")["root_cause"]["code"] == "IRSA806"
        until(lambda: watching.runs() >= 3, "more runs")
        assert watching.samples()['irsa_root_cause{code="IRSA806",name="annotation-differs"}'] == 1
        assert server.connections == 2
        said = json.dumps(watching.log()) + watching.noise + watching.get("/report").body + watching.get("/").body
    assert API_TOKEN not in said
