#!/usr/bin/env bash
# machine.sh must|may PROGRAM[,OTHER...]:PACKAGE...
# Installs Debian's packages of the programs that are not there, when we are root; else says which, and fails for "must".
set -euo pipefail
mode=$1
shift

is_there() {
    local program
    for program in ${1//,/ }; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null && return 0
    done
    return 1
}

missing=()
for pair in "$@"; do
    is_there "${pair%%:*}" || missing+=("${pair##*:}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not on this machine, and needed by tests: ${missing[*]} (sudo apt-get install ${missing[*]})" >&2
    [ "$mode" = may ] && exit 0 || exit 1
fi

echo "installing ${missing[*]}"
# Tests start servers of their own, on free ports: those that packages would start here are not wanted.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
