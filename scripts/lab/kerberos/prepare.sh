#!/usr/bin/env bash
# Make the files of a new lab: certificates, realm with its principals and keytabs, configuration of each server.
# Run by up.sh with LAB set; nothing is started, and nothing is written outside of that directory.
set -eu
: "${LAB:?is set by up.sh}"
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$PATH:/usr/sbin:/sbin"
REALM=EXAMPLE.TEST
mkdir -p "$LAB"/{tls/capath,kdc,apache/errors,www,ldap/db,etc/ipa,issued}
quietly() { "$@" >>"$LAB/log/prepare.log" 2>&1; }
# fill TEMPLATE FILE: the template with this lab's directory in it.
fill() { sed "s|@LAB@|$LAB|g" "$here/$1" >"$LAB/$2"; }

# --- certificates ---------------------------------------------------------------------------------------
cd "$LAB/tls"
new_key=(-newkey rsa:2048 -nodes)
authority() { # NAME SUBJECT
  quietly openssl req -x509 "${new_key[@]}" -keyout "$1.key" -out "$1.crt" -days 3650 -subj "$2" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}
server() { # NAME AUTHORITY SUBJECT-ALT-NAMES
  quietly openssl req "${new_key[@]}" -keyout "$1.key" -out "$1.csr" -subj "/O=$REALM/CN=$1.example.test"
  printf 'subjectAltName=%s\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n' \
    "$3" >"$1.ext"
  quietly openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 825 \
    -out "$1.crt" -extfile "$1.ext"
}
authority ca "/O=$REALM/CN=Certificate Authority"
authority second "/O=$REALM/CN=Second Authority"
authority distrusted "/O=$REALM/CN=Former Authority"
authority stranger "/O=Elsewhere/CN=Some Other Authority"
server ipa ca DNS:ipa.example.test,DNS:nospn.example.test
server replica ca DNS:replica.example.test
server untrusted stranger DNS:untrusted.example.test
cp ca.crt capath/
quietly openssl rehash capath

# --- names ----------------------------------------------------------------------------------------------
cp "$here/hosts" "$LAB/etc/hosts"
echo 'nameserver 127.0.0.5' >"$LAB/etc/resolv.conf"
fill dnsmasq.conf dnsmasq.conf

# --- realm ----------------------------------------------------------------------------------------------
fill krb5.conf etc/krb5.conf
fill kdc.conf kdc.conf
export KRB5_CONFIG="$LAB/etc/krb5.conf" KRB5_KDC_PROFILE="$LAB/kdc.conf"
quietly kdb5_util create -s -r $REALM -P "$(openssl rand -hex 16)"
{
  for name in HTTP/ipa HTTP/replica HTTP/untrusted ldap/ipa host/client host/other host/ghost host/disabled; do
    echo "addprinc -randkey +requires_preauth $name.example.test"
  done
  echo "addprinc -pw Secret.123 +requires_preauth admin"
  # Each ktadd makes a new key, so what was exported before is stale.
  echo "ktadd -k $LAB/stale-http.keytab HTTP/ipa.example.test"
  echo "ktadd -k $LAB/http.keytab HTTP/ipa.example.test HTTP/replica.example.test HTTP/untrusted.example.test"
  echo "ktadd -k $LAB/ldap.keytab ldap/ipa.example.test"
  echo "ktadd -k $LAB/host.keytab host/client.example.test"
  echo "ktadd -k $LAB/stale.keytab host/other.example.test"
  echo "ktadd -k $LAB/other.keytab host/other.example.test"
  echo "ktadd -k $LAB/ghost.keytab host/ghost.example.test"
  echo "delprinc -force host/ghost.example.test"
  echo "ktadd -k $LAB/disabled.keytab host/disabled.example.test"
  echo "modprinc -allow_tix host/disabled.example.test"
} | quietly kadmin.local -r $REALM
echo "no keytab" >"$LAB/garbage.keytab"
: >"$LAB/empty.keytab"

# --- the client's IPA configuration -----------------------------------------------------------------------
cp "$here/default.conf" "$LAB/etc/ipa/default.conf"
cp "$LAB/tls/ca.crt" "$LAB/etc/ipa/ca.crt"

# --- web server -------------------------------------------------------------------------------------------
echo '<html><body>Kerberos authentication failed</body></html>' >"$LAB/apache/errors/unauthorized.html"
fill httpd.conf apache/httpd.conf
# mod_auth_gssapi reads its keytabs and writes its replay cache as the user of the web server.
chown www-data "$LAB/http.keytab" "$LAB/stale-http.keytab" "$LAB/www"

# --- directory --------------------------------------------------------------------------------------------
fill slapd.conf ldap/slapd.conf
cp "$here/ipa.schema" "$LAB/ldap/"
printf 'dn:\ndefaultNamingContext: dc=example,dc=test\n' >"$LAB/ldap/root.ldif"
authority_entry() { # NICKNAME CERTIFICATE LINES
  printf '\ndn: cn=%s,cn=certificates,cn=ipa,cn=etc,dc=example,dc=test\n' "$1"
  printf 'objectClass: nsContainer\nobjectClass: pkiCA\nobjectClass: ipaKeyPolicy\ncn: %s\n' "$1"
  printf '%b' "$3"
  printf 'cACertificate;binary:: %s\n' "$(openssl x509 -in "$LAB/tls/$2.crt" -outform DER | base64 -w0)"
}
{
  cat "$here/directory.ldif"
  authority_entry "$REALM IPA CA" ca 'ipaKeyTrust: trusted\nipaConfigString: ipaCa\nipaConfigString: compatCA\n'
  authority_entry "Second Authority" second 'ipaKeyTrust: trusted\n'
  authority_entry "Former Authority" distrusted 'ipaKeyTrust: distrusted\n'
} >"$LAB/ldap/directory.ldif"
quietly slapadd -f "$LAB/ldap/slapd.conf" -l "$LAB/ldap/directory.ldif"
