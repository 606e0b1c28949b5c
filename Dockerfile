# The image of Gatehouse: the static binary, certificates and nothing else. It runs as a user without
# rights (65532), needs no writable root, and keeps data in /var/lib/gatehouse.
#
#   docker build --tag gatehouse .
#
# Build it from a clone: .git is part of what is copied, because the version is stamped from it. The
# base images are named by tag; whoever publishes the result pins them by digest
# (--build-arg BASE_IMAGE=...@sha256:...).
ARG BUILD_IMAGE=golang:1.26-bookworm
ARG BASE_IMAGE=gcr.io/distroless/static-debian12:nonroot

FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=true -ldflags='-s -w' -o /out/gatehouse . && \
    mkdir -m 0700 /out/data /out/keyset

FROM ${BASE_IMAGE}
COPY --from=build /out/gatehouse /usr/local/bin/gatehouse
# New volumes mounted here take over the owner of these folders.
COPY --from=build --chown=65532:65532 /out/data /var/lib/gatehouse
COPY --from=build --chown=65532:65532 /out/keyset /etc/gatehouse
USER 65532:65532
ENV GATEHOUSE_LISTEN=:8080 \
    GATEHOUSE_DATA=/var/lib/gatehouse \
    GATEHOUSE_LOG_FORMAT=json
VOLUME /var/lib/gatehouse
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/gatehouse"]
