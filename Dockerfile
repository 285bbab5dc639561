# The lecture in a container: see docker-compose.yml. No container engine was at hand when this was written: never built by us.
FROM golang:1.26.5-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends dataset-fashion-mnist gcc libc6-dev make python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home reader
USER reader
WORKDIR /home/reader/lecture
COPY --chown=reader . .
ARG ACCEL=cpu
RUN mkdir -p runs && make setup ACCEL="$ACCEL"
EXPOSE 8888
CMD ["scripts/lab.sh", "--ServerApp.ip=0.0.0.0", "--no-browser"]
