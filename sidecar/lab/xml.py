"""The query protocol's XML: how STS writes an answer and a refusal."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from sidecar.lab.refusals import RefusalError

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
SERVER_ERROR = 500


def accepted(result: Mapping[str, Any], request_id: str) -> bytes:
    """Write the answer to a good exchange."""
    action = "AssumeRoleWithWebIdentity"
    content = {f"{action}Result": result, "ResponseMetadata": {"RequestId": request_id}}
    return _document(f"{action}Response", content)


def refused(refusal: RefusalError, request_id: str) -> bytes:
    """Write a refusal."""
    blame = "Receiver" if refusal.status >= SERVER_ERROR else "Sender"
    error = {"Type": blame, "Code": refusal.code, "Message": refusal.message}
    return _document("ErrorResponse", {"Error": error, "RequestId": request_id})


def _document(name: str, content: Mapping[str, Any]) -> bytes:
    return f'<{name} xmlns="{NAMESPACE}">\n{_elements(content)}</{name}>\n'.encode()


def _elements(content: Mapping[str, Any]) -> str:
    return "".join(
        f"<{name}>{_elements(value) if isinstance(value, Mapping) else escape(value)}</{name}>\n"
        for name, value in content.items()
    )
