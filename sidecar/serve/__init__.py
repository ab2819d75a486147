"""The HTTP surface of `watch`: what it has seen, for Prometheus, the kubelet, programs and people.

`http` listens and bounds what clients may take, `connection` speaks with one of them, `message` reads and writes heads,
`paths` knows what is where. Nothing here diagnoses, and nothing is logged per request: a URL may hold a secret.
"""
