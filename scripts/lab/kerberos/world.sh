#!/usr/bin/env bash
# The first process of the lab's namespaces: makes them a small world, starts its servers, and stays.
# Started by up.sh with LAB set.
set -eu
: "${LAB:?is set by up.sh}"
# What follows rewrites /etc: only ever a copy of it, in a namespace of its own.
[ $$ = 1 ] || { echo "world.sh: is for up.sh to run" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$PATH:/usr/sbin:/sbin"

ip link set lo up
hostname client.example.test
mount --make-rprivate /
# Programs name what they share by process id, and this namespace's ids are the machine's too.
mount -t tmpfs tmpfs /dev/shm
# /etc is a copy, so that the machine's own stays as it is.
mkdir -p "$LAB/run/etc"
mount -t tmpfs -o mode=755 tmpfs "$LAB/run/etc"
cp -a /etc/. "$LAB/run/etc/"
mount --bind "$LAB/run/etc" /etc
[ "$(stat -f -c %T /etc)" = tmpfs ]
for file in hosts resolv.conf; do umount "/etc/$file" 2>/dev/null || true; done
cp "$LAB/etc/hosts" /etc/hosts
cp "$LAB/etc/resolv.conf" /etc/resolv.conf
cp "$LAB/etc/krb5.conf" /etc/krb5.conf
cp "$LAB/host.keytab" /etc/krb5.keytab
rm -rf /etc/ipa
cp -a "$LAB/etc/ipa" /etc/ipa

for server in kdc backend apache slapd dnsmasq; do "$here/server.sh" start "$server"; done
touch "$LAB/run/ready"
# As the first process of its namespace it has to take the exit status of every process whose parent is gone.
while :; do sleep 3600 & wait; done
