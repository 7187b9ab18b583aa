# syntax=docker/dockerfile:1
# The fan-out as an image. From the top of the project:
#
#     docker build -f deploy/images/fanout.Dockerfile -t outbox-fanout .
#     docker run --rm outbox-fanout --help
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
RUN swift build -c release --static-swift-stdlib --product outbox-fanout \
    && install -D -m 755 .build/release/outbox-fanout /install/bin/outbox-fanout \
    && strip /install/bin/outbox-fanout

FROM debian:bookworm-slim
# What the program is linked with (Tests/DeployTests compares), and the certificates that TLS is verified against.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libpq5 librdkafka1 libevent-2.1-7 libevent-openssl-2.1-7 libssl3 libjansson4 libcjose0 ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /install/bin/outbox-fanout /usr/local/bin/outbox-fanout

# The loopback of a container is nobody's: clients, metrics and health have to be reachable from outside of it.
ENV OUTBOX_LISTEN=0.0.0.0:8088 OUTBOX_HTTP_LISTEN=0.0.0.0:9466
EXPOSE 8088 9466
USER 65532:65532
STOPSIGNAL SIGTERM
# Whether the threads move. Whether events come in is /health/ready; restarting a fan-out whose brokers are away would mend nothing,
# and cost its clients their connections.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9466 && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["/usr/local/bin/outbox-fanout"]
CMD ["run"]
