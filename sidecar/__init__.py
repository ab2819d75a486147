"""irsa-doctor: walks the chain by which a pod gets AWS credentials, and names the link that is broken."""

__version__ = "0.1.0"

PROGRAM = "irsa-doctor"
"""The name by which the program is called and speaks of itself."""

HOME = "https://irsa-doctor.dev"
"""Where docs/ is published."""
