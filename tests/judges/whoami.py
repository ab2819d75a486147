"""Asks STS who this process is: with botocore, or by ``whoami.py boto3`` with boto3. What fails is left to Python."""

import sys

if sys.argv[1:] == ["boto3"]:
    import boto3

    client = boto3.client("sts")
else:
    import botocore.session

    client = botocore.session.Session().create_client("sts")
print(client.get_caller_identity())
