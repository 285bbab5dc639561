"""Pretraining end to end by lightly on PyTorch, with its transforms, loss and a DataLoader, in turns with jem bench e2e."""

import argparse
import time

import torch
from lightly.loss import NTXentLoss
from torch.utils.data import RandomSampler

import lightly_data
import peer
from torch_network import CORES, Network

PREFETCH = 2  # batches that the DataLoader makes ahead for each worker

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", required=True, help="folder that jem bench exported a dataset to")
parser.add_argument("--net", default="peer")
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--workers", type=int, default=0)
options = parser.parse_args()

torch.set_num_threads(CORES)
torch.manual_seed(1)
model = Network(options.net).to(memory_format=torch.channels_last)
criterion = NTXentLoss(temperature=0.5)
adam = torch.optim.Adam(model.parameters(), lr=1e-3)
images = lightly_data.Images(options.data, "train", lightly_data.views(options.data))


def step(views):
    adam.zero_grad(set_to_none=True)
    z = model(lightly_data.both(views))
    loss = criterion(z[:options.batch], z[options.batch:])
    loss.backward()
    adam.step()
    return loss.item()


def round_of(n):
    """Seconds of n steps out of the middle of a longer epoch: what the workers make ahead before the first step is not timed,
    and they make as much ahead after the last one, which is thrown away."""
    ahead = PREFETCH * options.workers + 1
    sampler = RandomSampler(images, num_samples=(n + 2 * ahead) * options.batch)
    seconds = []
    batches = iter(lightly_data.loader(images, options.batch, options.workers, sampler))
    for _ in range(ahead):
        step(next(batches))
    for _ in range(n):
        start = time.perf_counter()
        step(next(batches))
        seconds.append(time.perf_counter() - start)
    for _ in batches:
        pass
    # The workers' batches come in bursts: the mean is what a run gets.
    return [sum(seconds) / n] * n


peer.serve(f"lightly on PyTorch {torch.__version__}, {options.workers} workers", round_of)
