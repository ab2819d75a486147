"""A real Prometheus on a loopback port: it scrapes targets, evaluates rules and answers queries, while a test lasts."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

PAUSE = 0.05
"""Seconds from one look to the next."""


class Prometheus:
    """A server that runs. Times to wait are seconds; a server that ends by itself ends the wait, too."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log
        self._port = 0

    def query(self, expr: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Return the values of an instant query by their labels, sorted; ``__name__`` is one of them."""
        found = self._get(f"/api/v1/query?{urlencode({'query': expr})}")["result"]
        return {tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in found}

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are pending or firing, as the API tells of them."""
        return list(self._get("/api/v1/alerts")["alerts"])

    def until(self, predicate: Callable[[], object], patience: float = 60) -> None:
        """Wait until the predicate holds; fails when patience ends."""
        end = time.monotonic() + patience
        while not predicate():
            assert time.monotonic() < end, f"it did not come about within {patience:g} s\n{self._said()}"
            self._pause()

    def wait_ready(self) -> None:
        """Wait until the server says where it listens and that it is ready."""
        self.until(self._listening)
        self.until(lambda: self._status("/-/ready") == 200)

    def _listening(self) -> bool:
        found = re.search(r'msg="Listening on".* address=127\.0\.0\.1:(\d+)', self._said())
        self._port = int(found[1]) if found else 0
        return self._port > 0

    def _get(self, path: str) -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("GET", path)
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        assert answer["status"] == "success", answer
        return dict(answer["data"])

    def _status(self, path: str) -> int:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()

    def _pause(self) -> None:
        try:
            code = self._process.wait(timeout=PAUSE)
        except subprocess.TimeoutExpired:
            return
        message = f"prometheus ended with {code}\n{self._said()}"
        raise AssertionError(message)

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def prometheus(
    program: Path, directory: Path, targets: Sequence[Mapping[str, Any]], rule_files: Sequence[Path] = ()
) -> Iterator[Prometheus]:
    """Start a server that scrapes and evaluates every second, and end it; all its files are in ``directory``.

    ``targets`` are Prometheus' static configs: addresses, and the labels that a PodMonitor would give them.
    """
    config, log = directory / "prometheus.yml", directory / "prometheus.log"
    config.write_text(yaml.safe_dump(_config(targets, rule_files)), encoding="utf-8")
    command = [
        str(program),
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'data'}",
        "--web.listen-address=127.0.0.1:0",
    ]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            server = Prometheus(process, log)
            server.wait_ready()
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def hurried(rules: Path, directory: Path) -> Path:
    """Copy a rule file, with waiting times of a second instead of minutes."""
    text = re.sub(r"^( +for:) \d+m$", r"\1 1s", rules.read_text(encoding="utf-8"), flags=re.MULTILINE)
    copy = directory / f"hurried-{rules.name}"
    copy.write_text(text, encoding="utf-8")
    return copy


def _config(targets: Sequence[Mapping[str, Any]], rule_files: Sequence[Path]) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(path) for path in rule_files],
        "scrape_configs": [{"job_name": "irsa-doctor", "static_configs": [dict(target) for target in targets]}],
    }
