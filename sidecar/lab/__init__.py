"""The lab: a TLS issuer, a kubelet, an IAM and an STS on loopback, for `demo` and for tests.

It shares no judging code with the tool (DESIGN.md): only moto, PyJWT, cryptography and trustme.
"""
