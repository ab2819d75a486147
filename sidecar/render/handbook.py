"""A fault's page: what it means and what mends it, where no run and no text says more. Pure."""

from sidecar.model import Fault
from sidecar.render.remedy import commands, fill


def handbook_text(fault: Fault) -> str:
    """Return a fault's title, severity, remedy and commands, with capitals for what is not known here."""
    lines = [
        f"{fault.code} {fault.name} ({fault.severity})",
        f"  {fault.title}",
        "",
        f"Fix: {fill(fault.remedy, {})}",
        *(f"    {command}" for command in commands(fault, {})),
    ]
    return "\n".join(lines)
