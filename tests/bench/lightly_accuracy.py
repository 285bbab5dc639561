"""Pretrains by lightly on PyTorch for some minutes, and leaves the features of all splits for jem bench accuracy to judge.

Optimizer, learning rate and temperature are those of lightly's CIFAR-10 benchmark (SGD, 0.06 for 128 images, momentum 0.9,
weight decay 5e-4, temperature 0.5), or with --optimizer adamw jem's own; the rate falls along a cosine to 0 at the end of
the minutes.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from lightly.loss import NTXentLoss
from torchvision import transforms

import lightly_data
from torch_network import CORES, Network

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data", required=True, help="folder that jem bench exported a dataset to")
parser.add_argument("--out", required=True, help="run directory")
parser.add_argument("--net", default="peer")
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--minutes", type=float, required=True)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--optimizer", choices=["sgd", "adamw"], default="sgd")
options = parser.parse_args()

torch.set_num_threads(CORES)
torch.manual_seed(options.seed)
np.random.seed(options.seed)
model = Network(options.net).to(memory_format=torch.channels_last)
criterion = NTXentLoss(temperature=0.5 if options.optimizer == "sgd" else 0.2)
if options.optimizer == "sgd":
    peak = 0.06 * options.batch / 128
    optimizer = torch.optim.SGD(model.parameters(), lr=peak, momentum=0.9, weight_decay=5e-4)
else:
    peak = 2e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, weight_decay=0.05)


def rate(done):
    """The learning rate when a share of the time is done: for AdamW with a tenth of it as warm-up, as jem has it."""
    if options.optimizer == "adamw":
        if done < 0.1:
            return peak * done / 0.1
        done = (done - 0.1) / 0.9
    return peak * (1 + math.cos(math.pi * min(done, 1))) / 2


def train():
    """Trains until the minutes are over; returns images seen and seconds."""
    images = lightly_data.Images(options.data, "train", lightly_data.views(options.data))
    seen, start, budget = 0, time.perf_counter(), options.minutes * 60
    while True:
        for views in lightly_data.loader(images, options.batch, options.workers):
            elapsed = time.perf_counter() - start
            if elapsed >= budget:
                return seen, elapsed
            for group in optimizer.param_groups:
                group["lr"] = rate(elapsed / budget)
            optimizer.zero_grad(set_to_none=True)
            z = model(lightly_data.both(views))
            criterion(z[:options.batch], z[options.batch:]).backward()
            optimizer.step()
            seen += options.batch


def embed(split):
    """Writes h of a split, without distortion and by the running buffers."""
    plain = transforms.Compose([transforms.ToTensor(), transforms.Normalize(**lightly_data.moments(options.data))])
    images = lightly_data.Images(options.data, split, plain)
    rows = []
    with torch.inference_mode():
        for x in torch.utils.data.DataLoader(images, 500):
            rows.append(model.backbone(x.to(memory_format=torch.channels_last)).numpy())
    np.save(Path(options.out) / f"h_{split}.npy", np.concatenate(rows).astype("<f4"))


seen, seconds = train()
model.eval()
for split in ("train", "validation", "test"):
    embed(split)
print(json.dumps({"images": seen, "seconds": seconds}))
