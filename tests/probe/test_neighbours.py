"""The pod's other containers are looked into through real processes, in a process namespace of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from beside import DROP, LOOKS, THEIRS, TOKEN_FILE, USER, looked, neighbour, root

SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjEXAMPLE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic-secret-of-the-container",
}
LOOKED_BEFORE = """
first = see_neighbours(world, world.monotonic() + 30, lambda key: None)
noted = {"sdks": [["botocore", "9.9.9", "/noted", []]], "unread": "it ended early"}
wish["notes"] = dict.fromkeys(first.notes, noted)
"""
"""A first look from the same place, by whose keys something else is noted."""


def test_a_container_is_seen_as_it_is(roots: Path) -> None:
    """What it runs, as whom, with which variables, with which token file and SDKs; itself and the pause are not."""
    made = root(roots, {"var/run/token": "eyJ-secret-token", "lib/botocore-1.12.0.dist-info/METADATA": ""})
    (made / "var/run/token").chmod(0o640)
    found = looked(roots, neighbour(made, **SECRETS, PATH="/bin", AWS_REGION="eu-west-1"))
    (one,) = found["neighbours"]["all"]
    assert one["name"].startswith("python3")
    assert one["variables"] == {**THEIRS, "AWS_REGION": "eu-west-1", **dict.fromkeys(SECRETS, "")}
    assert one["process"]["uid"] == (65532 if os.geteuid() == 0 else os.geteuid())
    assert (one["token_file"]["path"], one["token_file"]["mode"]) == (TOKEN_FILE, 0o640)
    assert [path for path, *_ in one["token_file"]["readers"]] == ["/", "/var", "/var/run", TOKEN_FILE]
    assert [sdk["version"] for sdk in one["sdks"]] == ["1.12.0"]
    (inventory,) = found["inventories"]["of"]
    assert inventory["whose"].startswith("the container of python3")
    said = json.dumps(found)
    assert not [secret for secret in (*SECRETS.values(), "eyJ-secret-token") if secret in said]


def test_containers_are_told_apart_and_processes_of_one_kind_are_not(roots: Path) -> None:
    """By root, executable, user and variables."""
    first, second = root(roots, {"var/run/token": ""}), root(roots, {"var/run/token": ""}, "two")
    found = looked(roots, neighbour(first), neighbour(first), neighbour(second), neighbour(second, AWS_REGION="x"))
    every = found["neighbours"]["all"]
    assert sorted(len(one["pids"]) for one in every) == [1, 1, 2]
    assert len(found["inventories"]["of"]) == 2


def test_links_lead_nowhere_but_below_the_root(roots: Path) -> None:
    """A token behind the kubelet's links, a profile behind one that leads out, a FIFO that nobody writes to."""
    outside = roots / "outside"
    outside.write_text("[default]\nrole_arn = x\nsource_profile = y\n")
    made = root(roots, {"var/run/..2026/token": "", "etc/passwd": "app:x:65532:65532::/home/app:/bin/sh\n"})
    (made / "var/run/..data").symlink_to("..2026")
    (made / "var/run/token").symlink_to("..data/token")
    (made / "config").symlink_to(outside)
    os.mkfifo(made / "credentials")
    one = looked(roots, neighbour(made, AWS_CONFIG_FILE="/config", AWS_SHARED_CREDENTIALS_FILE="/credentials"))[
        "neighbours"
    ]["all"][0]
    assert one["token_file"]["projected"] is True
    assert one["token_file"]["target"] == "/var/run/..2026/token"
    assert one["profile"] is None


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", ["config-file"]),
        ("[default]\nrole_arn = x\nsource_profile = y\nregion = eu-west-1\n", ["assume-role"]),
        ("[default]\nrole_arn = x\nweb_identity_token_file = y\n", ["assume-role-with-web-identity"]),
        ("[default]\nsso_account_id = 1\n", ["sso"]),
        ("[default]\ncredential_process = /bin/x\nlogin_session = y\n", ["login", "custom-process"]),
        ("[default]\nregion = eu-west-1\n", []),
    ],
)
def test_a_profile_is_known_by_what_it_gives(roots: Path, text: str, methods: list[str]) -> None:
    """And by no value of it; below the home of its user."""
    files = {"var/run/token": "", "home/app/.aws/config": text}
    made = root(roots, files)
    found = looked(roots, neighbour(made, HOME="/home/app"))
    profile = found["neighbours"]["all"][0]["profile"]
    assert profile == {"name": "default", "methods": methods, "region": "region =" in text}
    assert "AKIAIOSFODNN7EXAMPLE" not in json.dumps(found)


def test_a_profile_is_found_by_the_users_home(roots: Path) -> None:
    """As passwd has it, for a process without HOME; no file at all is no profile, and no INI file either."""
    user = 65532 if os.geteuid() == 0 else os.geteuid()
    passwd = f"root:x:0:0::/root:/bin/sh\napp:x:{user}:{user}::/srv:/bin/sh\n"
    files = {"etc/passwd": passwd, "srv/.aws/credentials": "[work]\naws_access_key_id = x\n", "bad": "no = section"}
    made = root(roots, files)
    assert looked(roots, neighbour(made, AWS_PROFILE="work"))["neighbours"]["all"][0]["profile"] == {
        "name": "work",
        "methods": ["shared-credentials-file"],
        "region": False,
    }
    assert looked(roots, neighbour(made, AWS_SHARED_CREDENTIALS_FILE="/bad"))["neighbours"]["all"][0]["profile"] is None


@pytest.mark.parametrize(
    ("change", "kind"),
    [("none", "missing"), ("directory", "directory"), ("fifo", "special"), ("loop", "loop"), ("file/x", "missing")],
)
def test_a_token_file_that_is_none(roots: Path, change: str, kind: str) -> None:
    """Each for what it is; nothing waits for a FIFO."""
    made = root(roots, {"file": ""})
    (made / "directory").mkdir()
    os.mkfifo(made / "fifo")
    (made / "loop").symlink_to("loop")
    one = looked(roots, neighbour(made, AWS_WEB_IDENTITY_TOKEN_FILE=f"/{change}"))["neighbours"]["all"][0]
    assert one["token_file"]["kind"] == kind


def test_what_was_noted_is_not_read_again(roots: Path) -> None:
    """The container's files are not gone over; its variables are read all the same."""
    made = root(roots, {"var/run/token": "", "lib/botocore-1.12.0.dist-info/METADATA": ""})
    first = looked(roots, neighbour(made))
    (key,) = first["notes"]
    assert first["notes"][key] == {
        "sdks": [["botocore", "1.12.0", "/lib/botocore-1.12.0.dist-info", []]],
        "unread": None,
    }
    assert key.startswith("sdks mnt:[")
    broken = looked(roots, neighbour(made), notes={key: "nothing that was noted"})
    assert [len(one["sdks"]) for one in broken["inventories"]["of"]] == [1]


def test_a_second_look_reads_no_inventory(roots: Path) -> None:
    """What the first noted is believed, though the files say otherwise; and it is not noted anew."""
    made = root(roots, {"var/run/token": "", "lib/botocore-1.12.0.dist-info/METADATA": ""})
    first = looked(roots, neighbour(made), before=LOOKED_BEFORE)
    (one,) = first["neighbours"]["all"]
    assert [sdk["version"] for sdk in one["sdks"]] == ["9.9.9"]
    (inventory,) = first["inventories"]["of"]
    assert [sdk["path"] for sdk in inventory["sdks"]] == ["/noted"]
    assert inventory["unread"] == "it ended early"
    assert first["notes"] == {}


def test_a_root_that_leads_into_ours_shows_nothing_of_it(roots: Path) -> None:
    """A /proc of its own making, links to ours, and one to its own beginning: nothing is found twice or elsewhere."""
    metadata = "botocore-1.12.0.dist-info/METADATA"
    made = root(roots, {"var/run/token": "", f"proc/lib/{metadata}": "", f"srv/{metadata}": ""})
    root(roots, {"lib/boto3-1.9.9.dist-info/METADATA": ""}, "outside")
    (made / "lib").symlink_to(f"/proc/self/root{roots}/outside/lib")
    (made / "usr").symlink_to("../outside")
    (made / "srv/again").symlink_to("/")
    (inventory,) = looked(roots, neighbour(made))["inventories"]["of"]
    assert [sdk["path"] for sdk in inventory["sdks"]] == ["/srv/botocore-1.12.0.dist-info"]
    assert inventory["unread"] is None


def test_relative_paths_begin_where_the_process_is(roots: Path) -> None:
    """As the container itself has them: its neighbours' roots are no part of it."""
    made = root(roots, {"run/token": "", "config": "[default]\nregion = eu-west-1\n"})
    named = neighbour(made, AWS_WEB_IDENTITY_TOKEN_FILE="run/../run/token", AWS_CONFIG_FILE="../config")
    (one,) = looked(roots, named)["neighbours"]["all"]
    assert (one["token_file"]["path"], one["token_file"]["target"]) == ("run/../run/token", "/run/token")
    assert one["profile"] == {"name": "default", "methods": [], "region": True}


def test_time_that_is_over_is_told(roots: Path) -> None:
    """What else runs was not looked at: no fault."""
    made = root(roots, {})
    found = looked(roots, neighbour(made), seconds=0)
    assert "ended when its time was over" in found["neighbours"]["why"]


def test_without_others_there_is_nothing_to_see(roots: Path) -> None:
    """A namespace that the pod's containers do not share, and a /proc that is none."""
    assert looked(roots)["neighbours"]["all"] == []
    program = [sys.executable, "-c", LOOKS, json.dumps({"proc": str(roots)})]
    done = subprocess.run(program, capture_output=True, check=True, text=True, timeout=60)
    assert json.loads(done.stdout)["neighbours"]["why"] == f"{roots} does not show this process (FileNotFoundError)"


def test_the_namespace_of_a_machine_is_no_pods() -> None:
    """Here, where every process of the machine is seen, or only this container's."""
    done = subprocess.run([sys.executable, "-c", LOOKS, "{}"], capture_output=True, check=True, text=True, timeout=60)
    why = json.loads(done.stdout)["neighbours"]["why"]
    assert "shareProcessNamespace" in why or "hostPID" in why or "hidepid" in why


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_another_user_is_passed_over_with_the_reason(roots: Path) -> None:
    """Permission refused is no fault: it is said who runs as whom."""
    made = root(roots, {"var/run/token": ""})
    found = looked(roots, neighbour(made), before=DROP.format(1000))
    assert found["neighbours"]["all"] == []
    (why,) = found["neighbours"]["passed_over"]
    assert why.endswith("runs as user 65532, group 65532, this container as 1000, 1000")
    assert found["inventories"]["why"] == "this container may look into no other container of the pod"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_the_same_user_needs_no_privilege(roots: Path) -> None:
    """Without any capability: user and group are enough."""
    made = root(roots, {"var/run/token": ""})
    found = looked(roots, neighbour(made), before=DROP.format(USER))
    assert [one["process"]["uid"] for one in found["neighbours"]["all"]] == [USER]
    assert found["neighbours"]["passed_over"] == []
