#!/bin/sh
# Writes the hash-pinned requirements*.txt anew: run it after editing requirements.in or a version below, then `make test`.
set -eu
cd "$(dirname "$0")/.."
python3 -m venv .cache/lock
.cache/lock/bin/python -m pip install --quiet uv==0.13.9

# lock FILE COMMENT UV-OPTIONS… < names: one pinned, hashed list for every Python from 3.11 on.
lock() {
	file=$1 comment=$2
	shift 2
	{
		printf '# %s\n# Written by scripts/lock.sh: do not edit.\n' "$comment"
		.cache/lock/bin/uv pip compile - --quiet --no-header --no-annotate --universal --python-version 3.11 --generate-hashes "$@"
	} >"$file.new"
	mv "$file.new" "$file"
}

lock requirements.txt 'JupyterLab, the notebook runner and the browser test. Sources: requirements.in.' <requirements.in

# The wheels below are installed with --no-deps: go-xla opens the library inside, and needs nothing of JAX.
lock requirements-cpu.txt "XLA for the CPU: the plugin of jaxlib 0.11.2, and zml's build as the pinned fallback." --no-deps <<'CPU'
lammps-jax-pjrt-cpu==0.11.2
fastatomstruct-xla-cpu==2026.6.23
CPU

# The bounds on NVIDIA's libraries are those of jax-cuda13-plugin 0.11.2 [with-cuda].
lock requirements-cuda.txt 'XLA for NVIDIA GPUs (make setup ACCEL=cuda). Never run by us for want of the hardware.' --no-deps <<'CUDA'
jax-cuda13-pjrt==0.11.2
nvidia-cublas>=13.0.0.19
nvidia-cuda-cccl
nvidia-cuda-crt
nvidia-cuda-cupti>=13.0.48
nvidia-cuda-nvcc>=13.0.48
nvidia-cuda-nvrtc>=13.0.48
nvidia-cuda-runtime>=13.0.48
nvidia-cudnn-cu13>=9.12.0.46,<10.0
nvidia-cufft>=12.0.0.15
nvidia-cusolver>=12.0.3.29
nvidia-cusparse>=12.6.2.49
nvidia-nccl-cu13>=2.27.7
nvidia-nvjitlink>=13.0.39
nvidia-nvshmem-cu13>=3.3.20
nvidia-nvvm
CUDA

lock requirements-tpu.txt 'XLA for TPUs (make setup ACCEL=tpu). Never run by us for want of the hardware.' --no-deps <<'TPU'
libtpu==0.0.48
TPU
