"""A training step of the fixed network by PyTorch (oneDNN, channels_last), in turns with jem bench step."""

import argparse

import torch
from lightly.loss import NTXentLoss

import peer
from torch_network import CORES, Network

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--batch", type=int, default=128)
parser.add_argument("--size", type=int, default=28)
parser.add_argument("--widths", default="32,64,128")
options = parser.parse_args()

torch.set_num_threads(CORES)
torch.manual_seed(1)
model = Network("peer", [int(w) for w in options.widths.split(",")]).to(memory_format=torch.channels_last)
views = torch.randn(2 * options.batch, 1, options.size, options.size).to(memory_format=torch.channels_last)
criterion = NTXentLoss(temperature=0.5)
adam = torch.optim.Adam(model.parameters(), lr=1e-3)


def step():
    adam.zero_grad(set_to_none=True)
    z = model(views)  # both views in one pass: BatchNorm sees all rows
    loss = criterion(z[:options.batch], z[options.batch:])
    loss.backward()
    adam.step()
    return loss.item()


step()
peer.serve_calls(f"PyTorch {torch.__version__}", step)
