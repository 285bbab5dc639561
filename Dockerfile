# The lecture in an image, for docker-compose.yml, .devcontainer and .binder. No container engine was at hand when this was written: it was
# never built by us. tests/ci/test_image.py checks what can be checked without. The digest is the one by which public Dockerfiles pin this tag.
FROM golang:1.26.5-bookworm@sha256:1ecb7edf62a0408027bd5729dfd6b1b8766e578e8df93995b225dfd0944eb651
RUN apt-get update \
 && apt-get install -y --no-install-recommends dataset-fashion-mnist gcc libc6-dev make python3-venv \
 && rm -rf /var/lib/apt/lists/*

# Binder names the user by these two.
ARG NB_USER=reader
ARG NB_UID=1000
RUN useradd --create-home --uid "$NB_UID" "$NB_USER" \
 && install -d -o "$NB_USER" /lecture /lecture/runs /lecture/.cache "/home/$NB_USER/.cache"
USER $NB_USER
WORKDIR /lecture

# Modules first: they change less often than the rest.
COPY --chown=$NB_UID go.mod go.sum ./
RUN go mod download
COPY --chown=$NB_UID . .
ARG ACCEL=cpu
RUN make setup ACCEL="$ACCEL"

# Whatever runs in the image runs with its kernel and tools: also Binder's own command.
ENTRYPOINT ["/lecture/scripts/env.sh"]
EXPOSE 8888
CMD ["scripts/lab.sh", "--ServerApp.ip=0.0.0.0", "--no-browser"]
