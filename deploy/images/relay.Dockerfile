# syntax=docker/dockerfile:1
# The relay as an image. From the top of the project:
#
#     docker build -f deploy/images/relay.Dockerfile -t outbox-relay .
#     docker run --rm outbox-relay --help
#
# It runs as a numeric user without a home, writes no file, and works with --read-only and --cap-drop=ALL.

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        pkg-config libpq-dev librdkafka-dev libevent-dev libjansson-dev libhiredis-dev libcurl4-openssl-dev libcjose-dev libssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
# Not built here, but the package does not load without the folders it names.
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product outbox-relay \
    && install -D -m 755 .build/release/outbox-relay /install/bin/outbox-relay \
    && strip /install/bin/outbox-relay

FROM debian:bookworm-slim
# What the program is linked with (Tests/DeployTests compares), and the certificates that TLS is verified against.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libpq5 librdkafka1 libevent-2.1-7 libevent-openssl-2.1-7 libssl3 ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /install/bin/outbox-relay /usr/local/bin/outbox-relay
COPY sql/migrations /usr/local/share/outbox-relay/migrations
COPY sql/roles.sql /usr/local/share/outbox-relay/roles.sql

# The loopback of a container is nobody's: metrics and health have to be reachable from outside of it.
ENV OUTBOX_HTTP_LISTEN=0.0.0.0:9464
EXPOSE 9464
USER 65532:65532
STOPSIGNAL SIGTERM
# Whether the process answers. Whether events flow is /health/ready; restarting a relay whose brokers are away, or one that
# stands by for another instance, would mend nothing.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9464 && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["/usr/local/bin/outbox-relay"]
CMD ["run"]
