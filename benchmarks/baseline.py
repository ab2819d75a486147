"""The least that must happen: one exchange and one GetCallerIdentity with botocore, and nothing else."""

import os
import sys
from pathlib import Path
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

session = botocore.session.Session()
config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
client: Any = session.create_client("sts", config=config)
answer = client.assume_role_with_web_identity(
    RoleArn=os.environ["AWS_ROLE_ARN"],
    RoleSessionName="baseline",
    WebIdentityToken=Path(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text(encoding="utf-8"),
)
given = answer["Credentials"]
signed: Any = session.create_client(
    "sts",
    aws_access_key_id=given["AccessKeyId"],
    aws_secret_access_key=given["SecretAccessKey"],
    aws_session_token=given["SessionToken"],
)
sys.stdout.write(signed.get_caller_identity()["Arn"] + "\n")
