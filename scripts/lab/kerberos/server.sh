#!/usr/bin/env bash
# Start, stop or freeze one server of a lab. To be run inside it:
#   run.sh DIR scripts/lab/kerberos/server.sh start|stop|freeze|thaw kdc|backend|apache|slapd|dnsmasq
# A frozen server takes connections and never answers. `start` takes $CLOCK, an offset of the server's clock as
# faketime wants it (-2h), and for slapd $SASL_SECPROPS, its sasl-secprops, and $LDAP_KEYTAB.
set -eu
: "${LAB:?is set by run.sh}"
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$PATH:/usr/sbin:/sbin"
action=$1 server=$2
pid_file="$LAB/run/$server.pid"

is_listening() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }
background() {
  setsid ${CLOCK:+faketime -f "$CLOCK"} "$@" </dev/null >>"$LAB/log/$server.log" 2>&1 &
  echo $! >"$pid_file"
}

start() {
  case $server in
    kdc)
      KRB5_KDC_PROFILE="$LAB/kdc.conf" background krb5kdc -n -r EXAMPLE.TEST
      port='127.0.0.1 88' ;;
    backend)
      background "$here/../../../node_modules/.bin/node" "$here/backend.ts"
      port='127.0.0.1 8080' ;;
    apache)
      KRB5RCACHENAME="file2:$LAB/www/http.rcache" background apache2 -f "$LAB/apache/httpd.conf" -DFOREGROUND
      port='127.0.0.2 443' ;;
    slapd)
      sed "s/^sasl-secprops .*/sasl-secprops ${SASL_SECPROPS:-noanonymous,noplain}/" "$LAB/ldap/slapd.conf" >"$LAB/run/slapd.conf"
      KRB5_KTNAME="${LDAP_KEYTAB:-$LAB/ldap.keytab}" KRB5RCACHENAME=none: \
        background slapd -d 0 -f "$LAB/run/slapd.conf" -h 'ldap://127.0.0.2 ldaps://127.0.0.2'
      port='127.0.0.2 636' ;;
    dnsmasq)
      background dnsmasq -C "$LAB/dnsmasq.conf" --keep-in-foreground
      port='127.0.0.5 53' ;;
  esac
  for _ in $(seq 200); do
    # shellcheck disable=SC2086 # two words
    ! is_listening $port || return 0
    kill -0 "$(cat "$pid_file")" 2>/dev/null || break
    sleep 0.05
  done
  echo "server.sh: $server does not listen; see $LAB/log/$server.log" >&2
  return 1
}

# Each server leads a process group: what it has started goes with it.
signal() { kill "-$1" -- "-$(cat "$pid_file")" 2>/dev/null; }

stop() {
  signal CONT || return 0
  signal TERM || return 0
  for _ in $(seq 100); do signal 0 || return 0; sleep 0.05; done
  signal KILL
}

case $action in
  start) start ;;
  stop) stop ;;
  freeze) signal STOP ;;
  thaw) signal CONT ;;
  *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 64 ;;
esac
