#!/bin/sh
# Makes a virtual environment that holds exactly a lock, and this checkout as an editable package.
# Usage: tools/venv.sh DIRECTORY LOCK [LARGER_LOCK]        The interpreter is $PYTHON, else python3.
# A complete environment is marked by DIRECTORY/.complete, which says what it was made of: it is kept while that is
# LOCK, or LARGER_LOCK, unchanged. What fails ends with one sentence on standard error and leaves no environment.
set -eu

directory=$1
lock=$2
python=${PYTHON:-python3}
log=

say() { printf '%s\n' "$*" >&2; }

refuse() {
    say "$1"
    exit 1
}

give_up() {
    trap - EXIT HUP INT TERM
    rm -rf -- "$directory"
    [ -z "$log" ] || rm -f -- "$log"
    say "$2"
    exit "$1"
}

# pip's own words decide which sentence is true; its last error is shown where we know no better one.
explain_pip() {
    if grep -qE 'Errno 28|No space left' "$log"; then
        give_up 1 "The disk is full: pip could not install the packages of $lock into $directory."
    elif grep -qE 'DO NOT MATCH THE HASHES' "$log"; then
        give_up 1 "A downloaded package is not the one that $lock names by its hash: look at the package index that pip uses."
    elif grep -qE 'Retrying|Could not find a version|No matching distribution|Connection|Timeout|Proxy|SSLError' "$log"; then
        give_up 1 "pip cannot get the packages of $lock: it needs a package index that it can reach (look at the network, HTTPS_PROXY and 'pip config list')."
    fi
    give_up 1 "pip could not install the packages of $lock: $(grep -iE '^ *error' "$log" | tail -n 1)"
}

case $directory in
    /* | *..* | "") refuse "tools/venv.sh: '$directory' must be a directory below this one." ;;
esac
command -v "$python" >/dev/null 2>&1 ||
    refuse "There is no '$python' here: install Python 3.11 or newer, or name one, as in make PYTHON=python3.12 ..."
version=$("$python" -c 'import platform as p, sys; print(p.python_version()); sys.exit(sys.version_info < (3, 11))' 2>/dev/null) ||
    refuse "irsa-doctor needs Python 3.11 or newer, and '$python' is ${version:-no working Python}: name another, as in make PYTHON=python3.12 ..."
interpreter=$("$python" -c 'import sys; print(sys.executable)')

made_of() { printf '%s %s %s %s\n' "$version" "$interpreter" "$(pwd -P)" "$(cksum <"$1")"; }
install_project() {
    pip install --no-deps --no-build-isolation --editable . || explain_pip
    cksum <pyproject.toml >"$directory/.project"
}
pip() { "$directory/bin/python" -m pip --disable-pip-version-check --no-input "$@" >>"$log" 2>&1; }

# What is there already: the same thing, something else's directory, or an environment to replace?
shift
for candidate in "$@"; do
    if [ "$(cat "$directory/.complete" 2>/dev/null)" = "$(made_of "$candidate")" ] && [ -x "$directory/bin/python" ]; then
        [ "$(cat "$directory/.project" 2>/dev/null)" != "$(cksum <pyproject.toml)" ] || exit 0
        log=$(mktemp)
        install_project
        rm -f -- "$log"
        exit 0
    fi
done
[ ! -e "$directory" ] || [ -f "$directory/pyvenv.cfg" ] ||
    refuse "$directory is in the way, and is no virtual environment: move it elsewhere."

{ rm -rf -- "$directory" && mkdir -p -- "$directory"; } 2>/dev/null ||
    refuse "$directory cannot be made: $(pwd) is not yours to write to."
trap 'give_up 130 "Interrupted: $directory was not complete, and is removed."' HUP INT TERM
trap 'give_up 1 "$directory could not be made, and is removed."' EXIT
log=$(mktemp)

say "Making $directory with Python $version and the packages of $lock: this takes up to a minute."
"$python" -m venv "$directory" >"$log" 2>&1 || give_up 1 \
    "'$python' cannot make virtual environments, for its venv or ensurepip module is missing: on Debian and Ubuntu, apt-get install python3-venv."
# Modules are compiled when they are first imported: most never are.
pip install --no-compile --require-hashes --requirement "$lock" || explain_pip
install_project

trap - EXIT HUP INT TERM
rm -f -- "$log"
made_of "$lock" >"$directory/.complete"
