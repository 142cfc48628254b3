FROM dart:3.5
WORKDIR /app
ENV STEM_BROKER_URL=redis://localhost:6379/0
ENV STEM_SIGNING_KEYS="old:{{hmac.old}}" STEM_SIGNING_ACTIVE_KEY=old
COPY bin ./bin
COPY tls/client.crt tls/client.key ./tls/
CMD ["dart", "run", "bin/worker.dart"]
