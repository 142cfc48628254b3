#!/bin/sh
set -eu
export STEM_BROKER_URL="redis://:{{password.redis}}@localhost:6379/0"
export STEM_SIGNING_KEYS="primary:{{hmac.seed}}"
exec dart run bin/seed.dart
