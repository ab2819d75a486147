"""The Grafana dashboard, as a table of panels: render_monitoring.py makes manifests/monitoring/dashboard.json of it.

Only what Grafana needs is written; all else is Grafana's default. Counts are taken over an hour: a diagnosis comes
every five minutes, which shorter windows show as noise.
"""

from typing import Any, NamedTuple

SELECTED = 'namespace=~"$namespace",pod=~"$pod"'
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_PAGE = "https://irsa-doctor.dev/docs/faults/${__data.fields.code}.md"
_EXPIRY = "irsa_token_expiry_timestamp_seconds{$S}"
_SESSION_END = "irsa_credentials_expiry_timestamp_seconds{$S}"
_WIDTH = 24  # columns of Grafana's grid


class Panel(NamedTuple):
    """A panel: what it shows, its queries with their legends, and its size on a grid of 24 columns.

    ``$S`` in a query stands for the selector of the chosen namespaces and pods.
    """

    title: str
    kind: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    width: int = 8
    height: int = 8
    description: str = ""
    steps: tuple[tuple[str, float | None], ...] = ()


def _stat(title: str, query: str, unit: str, description: str, *steps: tuple[str, float | None]) -> Panel:
    return Panel(title, "stat", ((query, ""),), unit, 4, 4, description, steps)


_FLEET = (
    _stat("Healthy pods", "sum(irsa_healthy{$S})", "short", "Pods that can get AWS credentials by IRSA."),
    _stat("All pods", "count(irsa_healthy{$S})", "short", "Pods that have had a diagnosis."),
    _stat(
        "Healthy",
        "sum(irsa_healthy{$S}) / count(irsa_healthy{$S})",
        "percentunit",
        "Healthy pods of all.",
        ("red", None),
        ("orange", 0.9),
        ("green", 1),
    ),
    _stat(
        "Unreachable sidecars",
        'count(up{job="irsa-doctor",$S} == 0) or vector(0)',
        "short",
        "Targets that do not answer Prometheus.",
        ("green", None),
        ("orange", 1),
    ),
    _stat(
        "Oldest report",
        "max(time() - irsa_last_run_timestamp_seconds{$S})",
        "s",
        "Everything shown here is at most this old.",
        ("green", None),
        ("orange", 1200),
    ),
    _stat(
        "Issuer's certificate",
        "min(irsa_issuer_certificate_expiry_timestamp_seconds{$S}) - time()",
        "s",
        "Until the first certificate in the issuer's chain expires.",
        ("red", None),
        ("orange", 2 * 86400),
        ("green", 14 * 86400),
    ),
    Panel(
        "Root causes",
        "table",
        (("sort_desc(count by (code, name, namespace) (irsa_root_cause{$S}))", ""),),
        width=12,
        description="The fault to mend first, and in how many pods. The code leads to its page.",
    ),
    Panel(
        "All faults",
        "table",
        (("sort_desc(count by (severity, code, name, check, namespace) (irsa_fault{$S}))", ""),),
        width=12,
        description="Warnings, too: what is wrong, but does not keep workloads from their credentials today.",
    ),
    Panel(
        "Pods over time",
        "timeseries",
        (("sum(irsa_healthy{$S})", "healthy"), ("count(irsa_healthy{$S})", "all")),
        width=12,
    ),
    Panel(
        "Root causes over time",
        "timeseries",
        (("count by (code, name) (irsa_root_cause{$S})", "{{code}} {{name}}"),),
        width=12,
    ),
)
_LIVES = (
    Panel(
        "Token: life left",
        "timeseries",
        (("min by (namespace) (irsa_token_expiry_timestamp_seconds{$S} - time())", "{{namespace}}"),),
        "s",
        description="The shortest in each namespace.",
    ),
    Panel(
        "Token: part of its life left",
        "timeseries",
        (
            (
                f"bottomk(10, ({_EXPIRY} - time()) / ({_EXPIRY} - irsa_token_issued_timestamp_seconds{{$S}}))",
                "{{namespace}}/{{pod}}",
            ),
        ),
        "percentunit",
        description="The ten pods with the least. The kubelet rotates the token at 20 %.",
    ),
    Panel(
        "Token file: age",
        "timeseries",
        (("max by (namespace) (time() - irsa_token_file_modified_timestamp_seconds{$S})", "{{namespace}}"),),
        "s",
    ),
    Panel(
        "Issuer's certificate: life left",
        "timeseries",
        (("min(irsa_issuer_certificate_expiry_timestamp_seconds{$S}) - time()", "until it expires"),),
        "s",
    ),
    Panel(
        "Credentials: session length",
        "timeseries",
        (
            (
                f"min by (namespace) ({_SESSION_END} - irsa_last_run_timestamp_seconds{{$S}})",
                "{{namespace}}",
            ),
        ),
        "s",
        description="How long credentials are good for that STS gives now.",
    ),
    Panel(
        "Issuer's keys",
        "timeseries",
        (("min(irsa_jwks_keys{$S})", "fewest"), ("max(irsa_jwks_keys{$S})", "most")),
        description="Pods that see different numbers see different issuers, or an old copy.",
    ),
)
_STS = (
    Panel(
        "STS requests per minute, by code",
        "timeseries",
        (("60 * sum by (code) (rate(irsa_sts_requests_total{$S}[1h]))", "{{code}}"),),
        description="irsa-doctor's own requests.",
    ),
    Panel(
        "Phases of requests, on average",
        "timeseries",
        (("avg by (target, phase) (irsa_phase_duration_seconds{$S})", "{{target}} {{phase}}"),),
        "s",
    ),
    Panel(
        "Clock skew",
        "timeseries",
        (("topk(10, abs(irsa_clock_skew_seconds{$S}))", "{{namespace}}/{{pod}}"),),
        "s",
        description="The ten pods whose clocks differ most from STS's.",
    ),
)
_ITSELF = (
    Panel(
        "Runs in an hour, by result",
        "timeseries",
        (("sum by (result) (increase(irsa_runs_total{$S}[1h]))", "{{result}}"),),
    ),
    Panel(
        "How long runs take",
        "timeseries",
        tuple(
            (
                f"histogram_quantile({part}, sum by (le) (rate(irsa_run_duration_seconds_bucket{{$S}}[1h])))",
                f"{100 * part:g} %",
            )
            for part in (0.5, 0.9, 0.99)
        ),
        "s",
    ),
    Panel("Crashed checks", "timeseries", (("count by (check) (irsa_check_crashed{$S})", "{{check}}"),)),
    Panel("Versions", "timeseries", (("count by (version) (irsa_build_info{$S})", "{{version}}"),), width=12),
    Panel(
        "Memory of sidecars",
        "timeseries",
        (('max by (namespace) (process_resident_memory_bytes{job="irsa-doctor",$S})', "{{namespace}}"),),
        "bytes",
        width=12,
    ),
)
ROWS = {"Fleet": _FLEET, "Tokens and certificates": _LIVES, "STS": _STS, "irsa-doctor itself": _ITSELF}


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    return {
        "uid": "irsa-doctor",
        "title": "irsa-doctor",
        "description": "Can pods get AWS credentials by IRSA, and if not, why not.",
        "tags": ["aws", "iam", "irsa", "kubernetes"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": _variables()},
        "panels": _panels(),
    }


def _variables() -> list[dict[str, Any]]:
    source = {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    namespace = _variable("namespace", "label_values(irsa_build_info, namespace)")
    pod = _variable("pod", 'label_values(irsa_build_info{namespace=~"$namespace"}, pod)')
    return [source, namespace, pod]


def _variable(name: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _DATASOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,  # when the time range changes
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _panels() -> list[dict[str, Any]]:
    """Lay the panels out from left to right, row by row."""
    made: list[dict[str, Any]] = []
    x = y = height = 0
    for title, panels in ROWS.items():
        made.append({"type": "row", "title": title, "gridPos": {"x": 0, "y": y + height, "w": _WIDTH, "h": 1}})
        x, y, height = 0, y + height + 1, 0
        for panel in panels:
            if x + panel.width > _WIDTH:
                x, y, height = 0, y + height, 0
            made.append(_panel(panel) | {"gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height}})
            x, height = x + panel.width, max(height, panel.height)
    return [{"id": number, **panel} for number, panel in enumerate(made, 1)]


def _panel(panel: Panel) -> dict[str, Any]:
    table = panel.kind == "table"
    made = {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _DATASOURCE,
        "targets": [
            _target(number, query, legend, table=table) for number, (query, legend) in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": _LINKS if table else []},
    }
    return made | ({"transformations": _COLUMNS} if table else {})


def _target(number: int, query: str, legend: str, *, table: bool) -> dict[str, Any]:
    target = {"refId": "ABCDEFGH"[number], "expr": query.replace("$S", SELECTED), "datasource": _DATASOURCE}
    return target | ({"instant": True, "format": "table"} if table else {"legendFormat": legend})


def _defaults(panel: Panel) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit}
    if panel.steps:
        steps = [{"color": colour, "value": value} for colour, value in panel.steps]
        defaults |= {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute", "steps": steps}}
    return defaults


_LINKS = [
    {
        "matcher": {"id": "byName", "options": "code"},
        "properties": [{"id": "links", "value": [{"title": "What it means", "url": _PAGE, "targetBlank": True}]}],
    }
]
_COLUMNS = [{"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": {"Value": "pods"}}}]
