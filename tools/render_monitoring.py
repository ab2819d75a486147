"""Write what stands twice in manifests/monitoring from its one source, or with --check say whether it agrees.

prometheusrule.yaml is rules.yaml as a resource; dashboard.json is made of dashboard.py, and dashboard-configmap.yaml is
the same as a resource. Texts are indented, not read and written anew, so that comments are kept.
"""

import json
import sys
from pathlib import Path
from textwrap import indent

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from dashboard import dashboard  # noqa: E402 - after it is within reach, with PYTHONSAFEPATH, too
from written import write  # noqa: E402

MONITORING = ROOT / "manifests" / "monitoring"
_MADE = "# Written by tools/render_monitoring.py: change {source}, not this file.\n"
_RULE = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: irsa-doctor
  labels:
    app.kubernetes.io/name: irsa-doctor
spec:
"""
_CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: irsa-doctor-dashboard
  labels:
    app.kubernetes.io/name: irsa-doctor
    grafana_dashboard: "1"  # the label that Grafana's sidecar looks for
data:
  irsa-doctor.json: |
"""


def files() -> dict[Path, str]:
    """Return each file's text by its path."""
    rules = (MONITORING / "rules.yaml").read_text(encoding="utf-8")
    panels = json.dumps(dashboard(), indent=2) + "\n"
    return {
        MONITORING / "prometheusrule.yaml": _MADE.format(source="rules.yaml") + _RULE + indent(rules, "  "),
        MONITORING / "dashboard.json": panels,
        MONITORING / "dashboard-configmap.yaml": _MADE.format(source="tools/dashboard.py")
        + _CONFIG_MAP
        + indent(panels, "    "),
    }


def main() -> int:
    """Write the files; with --check write nothing, and return 1 where one differs."""
    return write(files(), __doc__)


if __name__ == "__main__":
    sys.exit(main())
