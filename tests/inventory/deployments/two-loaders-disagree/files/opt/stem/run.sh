#!/bin/sh
docker run --rm --env-file /etc/stem/stem.env example/side stem dlq list
