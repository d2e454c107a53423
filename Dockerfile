# The images `cicada` (the last stage, so also what `docker build .` makes) and `sample-webapp` (--target sample-webapp). What stands here is also
# what `make check-image` builds a root file system from, without a container engine.
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
WORKDIR /src
COPY scripts/setup scripts/setup
RUN scripts/setup build
COPY Package.swift ./
COPY Sources Sources
# Not built, but named in Package.swift.
COPY Tests Tests
# Swift's own libraries go into the programs, so that the images need no Swift; symbols stay out.
RUN swift build -c release --static-swift-stdlib
RUN strip .build/release/cicada .build/release/sample-webapp

FROM ${RUNTIME_IMAGE} AS sample-webapp
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="sample-webapp" \
    org.opencontainers.image.description="The target of load tests: a small web application of known behaviour" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /src/.build/release/sample-webapp /usr/local/bin/
USER 65532:65532
EXPOSE 8000
ENTRYPOINT ["sample-webapp"]
CMD ["--host", "0.0.0.0"]

FROM ${RUNTIME_IMAGE} AS cicada
# Libraries that the program is linked to, and the authorities that https:// is checked against.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates \
        libcsv3 \
        libcurl4 \
        libjansson4 \
        libjemalloc2 \
        liblua5.4-0 \
        libmsgpackc2 \
        libpcre2-8-0 \
        libsodium23 \
        libssl3 \
        libzmq5 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/* /var/log/*
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="cicada" \
    org.opencontainers.image.description="A load tester: master, worker, and everything else that the command cicada does" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.licenses="Apache-2.0"
# The web application too, so that `cicada demo` works in here.
COPY --from=build /src/.build/release/cicada /src/.build/release/sample-webapp /usr/local/bin/
# Where manifests mount the script and cicada.yaml.
WORKDIR /cicada
USER 65532:65532
# 5557: workers and operators, 8089: the web port
EXPOSE 5557 8089
ENTRYPOINT ["cicada"]
CMD ["--help"]
