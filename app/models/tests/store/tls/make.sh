#!/bin/sh
# Makes the certificates of the tests' server: of an authority that nobody knows, and of 127.0.0.1. Needs openssl 3.
set -eu
cd "$(dirname "$0")"
key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc"
openssl req -x509 $key -keyout authority.key -out authority.pem -days 36500 -subj "/CN=auricle's tests"
openssl req $key -keyout server.key -out server.csr -subj "/CN=127.0.0.1"
printf 'subjectAltName = IP:127.0.0.1\nbasicConstraints = CA:false\n' >server.ext
openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -days 36500 -extfile server.ext -out server.pem
rm authority.key server.csr server.ext
