#!/bin/sh
# A helper of the simplest kind: signs with openssl, and answers no question.
#
#   sign-with-openssl.sh DIR     with DIR/ca.pem and DIR/ca.key
[ "$CERTMONGER_OPERATION" = SUBMIT ] || exit 6
printf '%s\n' "$CERTMONGER_CSR" |
  openssl x509 -req -CA "$1/ca.pem" -CAkey "$1/ca.key" -days 365 -copy_extensions copy 2>/dev/null || exit 2
