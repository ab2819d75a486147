"""The second link: the token file, as this container and the workload find it. Pure."""

from sidecar import faults
from sidecar.check import check
from sidecar.facts import Moment, Names, Process, Settings, Token, TokenFile
from sidecar.model import Fail, Failed, Pass, Skip, Verdict
from sidecar.permissions import may_read

_OTHERS_READ = 0o004
_MISSING = frozenset({"missing", "vanished"})
_STALE_SHARE = 0.9  # the kubelet replaces at 80 % of a token's life (FACTS C8, K5)


@check("token_file.readable")
def readable(token_file: TokenFile | Failed, settings: Settings, process: Process, names: Names) -> Verdict:
    """Can this container read the token file?"""
    if isinstance(token_file, TokenFile):
        return Pass(f"{token_file.path}, mode {token_file.mode:04o}, owner {token_file.uid}:{token_file.gid}")
    setting = settings.token_file
    where = {"path": setting.value, "source": setting.source} if setting else {"path": "PATH", "source": "SOURCE"}
    if token_file.kind in _MISSING:
        pod = {"namespace": names.namespace, "pod": names.pod}
        return Fail(faults.TOKEN_FILE_MISSING, {**where, "found": token_file.why, **pod})
    return Fail(faults.TOKEN_FILE_UNREADABLE, {**where, "found": token_file.why, "user": _user(process)})


@check("token_file.filled")
def filled(token_file: TokenFile) -> Verdict:
    """Is there a token in the file?"""
    if token_file.empty:
        return Fail(faults.TOKEN_EMPTY, {"path": token_file.path, "size": f"{token_file.size} bytes"})
    return Pass(f"{token_file.size} bytes")


@check("token_file.clean")
def clean(token_file: TokenFile) -> Verdict:
    """Is there nothing but the token in the file?"""
    if token_file.empty:
        return Skip("the file is empty")
    if token_file.surrounded is None:
        return Pass("nothing around it")
    return Fail(faults.TOKEN_FILE_UNCLEAN, {"path": token_file.path, "surrounded": token_file.surrounded})


@check("token_file.private")
def private(token_file: TokenFile) -> Verdict:
    """Is the token kept from other users of the pod?"""
    mode = f"{token_file.mode:04o}"
    if token_file.mode & _OTHERS_READ:
        return Fail(faults.TOKEN_FILE_EXPOSED, {"path": token_file.path, "mode": mode})
    return Pass(f"mode {mode}")


@check("token_file.fresh")
def fresh(token_file: TokenFile, token: Token, moment: Moment) -> Verdict:
    """Is the token file being rotated?"""
    evidence = {"path": token_file.path}
    if token_file.subpath:
        return Fail(faults.TOKEN_FILE_STALE, {**evidence, "mount": "by subPath: such a mount never changes"})
    if token.issued is None or token.expires is None or token.expires <= token.issued:
        return Skip("the token does not say how long it lives")
    share = (moment.now - token.issued) / (token.expires - token.issued)
    if share > _STALE_SHARE:
        life = f"{share:.0%} of the token's life is over" if share <= 1 else "the token's life is over"
        layout = "in a projected volume" if token_file.projected else "not in a projected volume"
        return Fail(faults.TOKEN_FILE_STALE, {**evidence, "found": f"{life}, {layout}"})
    over = f"{max(share, 0):.0%} of the token's life is over"
    return Pass(over) if token_file.projected else Skip(f"{over}; not a projected volume: nothing shows who renews it")


@check("token_file.workload_readable")
def workload_readable(token_file: TokenFile, workload: Process) -> Verdict:
    """Could the workload's user read the token file?"""
    refused = may_read(token_file.readers, workload)
    if refused is None:
        return Pass(f"user {workload.uid} may read it")
    return unreadable(token_file, workload, refused)


def unreadable(token_file: TokenFile, process: Process, refused: str, **more: str) -> Fail:
    """Return the fault of a process that may not read the token file, with the path that refuses it."""
    gids = ",".join(map(str, sorted(process.gids))) or "none"
    evidence = {"uid": str(process.uid), "gids": gids, "refused": refused, "path": token_file.path}
    return Fail(faults.WORKLOAD_CANNOT_READ_TOKEN, {**evidence, **more})


def _user(process: Process) -> str:
    return f"{process.uid} with groups {','.join(map(str, sorted(process.gids)))}"
