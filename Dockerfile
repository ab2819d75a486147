# irsa-doctor in an image without a shell, which runs as any user on a read-only file system.
#
# Both images may be others, as long as the base has Debian's Python (/usr/bin/python3.11, its library in /usr/lib) and
# the build image a Python of the same minor version with its venv module:
#   docker build --build-arg BASE_IMAGE=... --build-arg BUILD_IMAGE=... .
ARG BUILD_IMAGE=docker.io/library/python:3.11-slim-bookworm
ARG BASE_IMAGE=gcr.io/distroless/python3-debian12:nonroot

FROM ${BASE_IMAGE} AS base
# Of a stage without an instruction, buildah 1.28 leaves a container behind.
WORKDIR /usr/lib

FROM ${BUILD_IMAGE} AS build
ARG SOURCE_DATE_EPOCH=0
ENV SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements requirements
COPY tools/image_tree.py tools/image_tree.py
# boto3 and s3transfer are for whoever imports the package: irsa-doctor calls botocore. pycparser is for cffi's own
# compiler: cryptography comes compiled.
RUN python3 -m venv venv \
    && python3 tools/image_tree.py lock requirements/demo.txt \
        --only hatchling packaging pathspec pluggy trove-classifiers >hatchling.txt \
    && python3 tools/image_tree.py lock requirements/run.txt --without boto3 pycparser s3transfer >run.txt \
    && venv/bin/pip install --no-compile --no-deps --only-binary :all: --require-hashes -r hatchling.txt \
    && venv/bin/pip install --no-compile --no-deps --only-binary :all: --require-hashes -r run.txt --target packages
COPY pyproject.toml README.md LICENSE ./
COPY sidecar sidecar
RUN venv/bin/pip install --no-compile --no-deps --no-index --no-build-isolation --target packages .
# The base has no byte code, and a read-only file system keeps none: without this each start would compile the standard
# library anew. What is compiled belongs to this base only: on a newer one the image is built anew, never rebased.
COPY --from=base /usr/lib/python3.11 stdlib/python3.11
RUN python3 tools/image_tree.py tree packages stdlib/python3.11 /image

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="irsa-doctor" \
    org.opencontainers.image.description="Walks the chain by which a Kubernetes pod gets AWS credentials (IRSA) and names the link that is broken" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/ /
USER 65532:65532
# A script whose first line names the interpreter by its path, and -I: nothing of the pod's environment, of a home or of
# the working directory gets into what is imported. It is on the PATH: kubectl exec ... -- irsa-doctor check
ENTRYPOINT ["irsa-doctor"]
CMD ["check"]
