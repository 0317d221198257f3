# The bot as an image; docs/deploy.md says how to build, check and run it.

# The Python that the tests run on. For a build that nobody can change underneath you, add the digest that
# your registry shows for this tag: --build-arg BASE=python:3.11.13-slim-bookworm@sha256:…
ARG BASE=python:3.11.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_INPUT=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements/build.txt requirements/runtime.txt requirements/
# Wheels only, each known by its hash: nothing is compiled, and nobody else's code runs while building.
RUN python -m venv --without-pip /opt/build \
 && python -m venv --without-pip /opt/supportbot \
 && pip --python /opt/build/bin/python install --require-hashes --only-binary :all: -r requirements/build.txt \
 && pip --python /opt/supportbot/bin/python install --require-hashes --only-binary :all: -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY supportbot supportbot
RUN /opt/build/bin/python -m hatchling build -t wheel -d dist \
 && pip --python /opt/supportbot/bin/python install --no-index --no-deps dist/*.whl

FROM ${BASE}
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="supportbot" \
      org.opencontainers.image.description="A support desk that runs a team's playbooks: triage, on-call, escalation" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# What installs programs is of no use to the bot, and of some to an intruder.
RUN rm -rf "$(python -c 'import ensurepip, pathlib; print(pathlib.Path(ensurepip.__file__).parent)')" \
 && python -m pip uninstall --yes --quiet --root-user-action ignore pip setuptools wheel \
 && groupadd --gid 65532 supportbot \
 && useradd --uid 65532 --gid 65532 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin supportbot \
 && install --directory --owner=65532 --group=65532 --mode=0700 /data \
 && install --directory /playbooks
COPY --from=build /opt/supportbot /opt/supportbot
COPY deploy/healthcheck.py /opt/supportbot/healthcheck.py
# All that is written lies under /data; the rest of the file system may be read-only.
ENV PATH=/opt/supportbot/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SUPPORTBOT_DATABASE=sqlite:////data/supportbot.db \
    SUPPORTBOT_FILES=/data/files \
    SUPPORTBOT_PLAYBOOKS=/playbooks \
    SUPPORTBOT_HTTP__LISTEN=0.0.0.0:8080 \
    SUPPORTBOT_LOG_FORMAT=json
WORKDIR /
USER 65532:65532
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-I", "/opt/supportbot/healthcheck.py"]
ENTRYPOINT ["supportbot"]
CMD ["run"]
