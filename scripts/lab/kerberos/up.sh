#!/usr/bin/env bash
# Start a Kerberos realm with what an IPA client meets, apart from this machine: a MIT KDC, Apache with
# mod_auth_gssapi in front of a backend that answers like IPA's JSON-RPC, slapd with SASL/GSSAPI, and DNS.
#
#   scripts/lab/kerberos/up.sh DIR        start; all its files are in DIR        (root)
#   scripts/lab/kerberos/run.sh DIR CMD   run CMD as if on client.example.test
#   scripts/lab/kerberos/down.sh DIR      stop everything; the files stay
#
# All of it lives in namespaces of its own (network, mounts, processes, host name): the ports are the usual
# ones, two labs do not meet, nothing can be reached from outside, and nothing outlives down.sh.
#
# The realm is EXAMPLE.TEST. Hosts: kdc 127.0.0.1, ipa 127.0.0.2, client 127.0.0.3, replica 127.0.0.4 (a
# second IPA server), untrusted 127.0.0.7 (a web server whose certificate nobody trusts); nospn and wrongname
# are 127.0.0.2 too, the first without a service principal, the second without its name in the certificate.
#
# Principals, each with DIR/NAME.keytab: host/client (host.keytab, also /etc/krb5.keytab), host/other (its
# former key in stale.keytab), host/ghost (deleted from the KDC), host/disabled (locked); garbage.keytab and
# empty.keytab hold none. admin has the password Secret.123.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# = 1 ] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 64; }
export PATH="$PATH:/usr/sbin:/sbin"

for program in krb5kdc:krb5-kdc kadmin.local:krb5-admin-server kinit:krb5-user apache2:apache2-bin slapd:slapd \
  ldapadd:ldap-utils dnsmasq:dnsmasq-base openssl:openssl unshare:util-linux ip:iproute2; do
  command -v "${program%:*}" >/dev/null ||
    { echo "up.sh: ${program%:*} is not installed: apt-get install ${program#*:}" >&2; exit 69; }
done
[ -e /usr/lib/apache2/modules/mod_auth_gssapi.so ] ||
  { echo "up.sh: mod_auth_gssapi is not installed: apt-get install libapache2-mod-auth-gssapi" >&2; exit 69; }
[ "$(id -u)" = 0 ] || { echo "up.sh: needs root, for namespaces of its own" >&2; exit 69; }

mkdir -p "$1"
LAB=$(cd "$1" && pwd)
export LAB
"$here/down.sh" "$LAB"
chmod 755 "$LAB"
mkdir -p "$LAB"/{run,log}
# What the last time left behind names processes of that time.
rm -f "$LAB"/run/ready "$LAB"/run/*.pid
[ -e "$LAB/prepared" ] || { "$here/prepare.sh" && touch "$LAB/prepared"; }

# --kill-child: when the outer process goes, the inner one goes, and with it every process of its namespace.
setsid unshare --net --mount --uts --pid --fork --kill-child --mount-proc \
  "$here/world.sh" </dev/null >"$LAB/log/world.log" 2>&1 &
echo $! >"$LAB/run/outer.pid"
for _ in $(seq 300); do
  [ ! -e "$LAB/run/ready" ] || exit 0
  kill -0 "$(cat "$LAB/run/outer.pid")" 2>/dev/null || break
  sleep 0.1
done
echo "up.sh: the lab did not start; see $LAB/log" >&2
tail -n 20 "$LAB"/log/*.log >&2
"$here/down.sh" "$LAB"
exit 1
