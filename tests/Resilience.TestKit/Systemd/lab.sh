#!/bin/sh
# A real systemd as PID 1 of namespaces of its own, for SystemdLab. Run as root.
#
#   lab.sh boot FOLDER CGROUP    does not return; FOLDER holds units/, logs/, and symbolic links mounts/PATH to what is seen at /PATH
#   lab.sh sweep CGROUP          ends what is left in it and removes it
#   lab.sh stale PREFIX          removes the control groups PREFIX<process>-<number> of processes that are no more
#   lab.sh possible              whether a lab can boot
#
# Only the units in FOLDER/units exist there. The network and the file system are the host's, but for /proc, the control groups, and
# /run, /opt, /tmp and the folders of /var, which are empty. Each step replaces the one before it: the first one's death is the end of all.
set -eu

cgroups() { # mounts all control groups at a path, for this process' mount namespace alone
    mount -t cgroup2 cgroup2 "$1"
}

empty() { # a folder of its own in place of the host's
    mount -t tmpfs -o mode=755 tmpfs "$1"
}

remove() {
    find "$1" -depth -type d -exec rmdir {} +
}

case $1 in
boot | sweep | stale | possible)
    step=$1 && shift
    exec unshare --mount -- sh "$0" "_$step" "$@"
    ;;
_boot)
    # A control group of its own: systemd takes it for the root of all, and several labs do not meet.
    mkdir -p "$2/cgroup" && cgroups "$2/cgroup"
    mkdir "$2/cgroup/$3"
    echo $$ >"$2/cgroup/$3/cgroup.procs"
    umount "$2/cgroup"
    exec unshare --pid --mount --uts --ipc --cgroup --fork --kill-child -- sh "$0" _init "$2"
    ;;
_init)
    lab=$2
    hostname lab
    mount -t proc proc /proc
    for folder in /run /opt /var/lib /var/cache /var/log; do empty $folder; done
    umount -R /sys/fs/cgroup || true
    cgroups /sys/fs/cgroup
    mkdir /run/lab && mount --bind "$lab" /run/lab
    find "$lab/mounts" -type l | while read -r link; do
        path=${link#"$lab/mounts"}
        mkdir -p "$path" && mount --bind "$(readlink "$link")" "$path"
    done
    for folder in /tmp /var/tmp; do empty $folder && chmod 1777 $folder; done # Last: this lab's own folder may be in there.

    # What it says would go to the console or to the kernel's log, both the host's.
    mount --bind /dev/null /dev/console
    mkfifo /run/said && mount --bind /run/said /dev/kmsg
    mkdir /sys/fs/cgroup/log
    (echo 0 >/sys/fs/cgroup/log/cgroup.procs && exec cat <>/run/said >>/run/lab/logs/systemd) &

    export container=lab SYSTEMD_UNIT_PATH=/run/lab/units
    exec /lib/systemd/systemd --system --unit=lab.target --log-target=kmsg --log-level=info --show-status=0
    ;;
_sweep)
    root=$(mktemp -d) && cgroups "$root"
    if [ -d "$root/$2" ]; then
        [ ! -e "$root/$2/cgroup.kill" ] || echo 1 >"$root/$2/cgroup.kill"
        while grep -q 'populated 1' "$root/$2/cgroup.events"; do sleep 0.02; done
        remove "$root/$2"
    fi
    umount "$root" && rmdir "$root"
    ;;
_stale)
    root=$(mktemp -d) && cgroups "$root"
    for group in "$root/$2"*; do
        maker=${group#"$root/$2"}
        [ ! -d "$group" ] || [ -d "/proc/${maker%-*}" ] || remove "$group" || true
    done
    umount "$root" && rmdir "$root"
    ;;
_possible)
    unshare --pid --mount --uts --ipc --cgroup --fork --kill-child -- sh -ec '
        mount -t proc proc /proc
        mount -t cgroup2 cgroup2 /run
        rmdir "$(mktemp -d -p /run resilience-try-XXXXXX)"'
    ;;
esac
