"""An environment for botocore that holds only what a test puts into it."""

import os
from pathlib import Path

import pytest

from sidecar.config import Config
from sidecar.probe.settings import AwsReading, read_settings
from sidecar.probe.world import World

ROLE = "arn:aws:iam::111122223333:role/app"
TOKEN_FILE = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
IRSA = {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN_FILE, "AWS_DEFAULT_REGION": "eu-west-1"}


class AwsWorld:
    """Sets variables and profile files; ``read`` reads the settings from them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
        self._monkeypatch = monkeypatch
        self.config_file = directory / "config"
        self.credentials_file = directory / "credentials"
        for name in list(os.environ):
            if name.upper().startswith(("AWS", "BOTO")) or name.lower().endswith("_proxy") or name == "HOSTNAME":
                monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(directory))
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        self.set(AWS_CONFIG_FILE=str(self.config_file), AWS_SHARED_CREDENTIALS_FILE=str(self.credentials_file))

    @property
    def world(self) -> World:
        """The world as it is now."""
        return World(environ=os.environ)

    def set(self, **variables: str) -> None:
        """Set environment variables."""
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def unset(self, *names: str) -> None:
        """Take environment variables away."""
        for name in names:
            self._monkeypatch.delenv(name, raising=False)

    def read(self, config: Config | None = None) -> AwsReading:
        """Read the settings."""
        return read_settings(self.world, config or Config())
