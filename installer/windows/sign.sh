#!/usr/bin/env bash
# Sign one file where it lies: sign.sh FILE. Without a certificate it does nothing, and build.sh says so.
#
#   SIGN_PFX=file SIGN_PASSWORD_FILE=file                     a certificate with its key, and its password
#   SIGN_PKCS11=module SIGN_KEY=uri SIGN_CERTS=file           a key on a token; SIGN_PASSWORD_FILE holds the PIN
#   SIGN_TIMESTAMP=url                                        with a timestamp the signature outlives the certificate
set -euo pipefail

file="$1"
options=(-h sha256 -n "Quầy Một Cửa")
[ -z "${SIGN_PASSWORD_FILE:-}" ] || options+=(-readpass "$SIGN_PASSWORD_FILE")
[ -z "${SIGN_TIMESTAMP:-}" ] || options+=(-ts "$SIGN_TIMESTAMP")
if [ -n "${SIGN_PKCS11:-}" ]; then
  options+=(-pkcs11module "$SIGN_PKCS11" -key "$SIGN_KEY" -certs "$SIGN_CERTS")
elif [ -n "${SIGN_PFX:-}" ]; then
  options+=(-pkcs12 "$SIGN_PFX")
else
  exit 0
fi
osslsigncode sign "${options[@]}" -in "$file" -out "$file.signed" >/dev/null
mv "$file.signed" "$file"
