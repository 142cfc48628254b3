#!/bin/sh
# manager.sh EXAM PLACE: lets a real systemd start EXAM/units/exam.target, until a unit of it
# ends the manager, and cleans up. Runs as root in a mount and a process namespace of its own,
# so that the host sees none of it: a /run of its own, and one control group that goes away.
# Units with a /tmp of their own find EXAM as /mnt/exam and PLACE as /mnt/place.
set -eu
exam=$1 place=$2

umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
parent=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
mine="${parent%/}/stem-sec-test-$(basename "$exam")"
mkdir "$mine"
echo $$ >"$mine/cgroup.procs"

# credentials are mounted elsewhere and moved here, which is seen in shared mounts only
mount -t tmpfs -o mode=755 tmpfs /run
mount --make-shared /run
mkdir -p /run/systemd/system

mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/exam /mnt/place
mount --bind "$exam" /mnt/exam
mount --bind "$place" /mnt/place

# no umask: a unit with another user than the manager's has to reach its notification socket
# shellcheck disable=SC2016 # for the inner shell
start='
  umount /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  umask 0
  exec env -i PATH="$PATH" XDG_RUNTIME_DIR=/run SYSTEMD_UNIT_PATH=/mnt/exam/units \
    timeout --kill-after=1 60 /lib/systemd/systemd --user --unit=exam.target'
status=0
unshare --cgroup sh -eu -c "$start" || status=$?

umount --lazy /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo $$ >"$parent/cgroup.procs"
echo 1 >"$mine/cgroup.kill"
for _ in 1 2 3 4 5 6 7 8 9 10; do
  find "$mine" -depth -type d -exec rmdir {} + 2>/dev/null && break
  sleep 0.1
done
exit "$status"
