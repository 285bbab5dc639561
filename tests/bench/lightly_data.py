"""Fashion-MNIST as jem has split it, through lightly's transforms, at the strengths of data.Gray28."""

from pathlib import Path

import numpy as np
import torch
from lightly.transforms import SimCLRTransform
from PIL import Image
from torch.utils.data import DataLoader, Dataset


class Images(Dataset):
    """The images of a split as PIL images, through a transform."""

    def __init__(self, folder, split, transform):
        self.pixels = np.load(Path(folder) / f"{split}.npy")
        self.transform = transform

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, i):
        return self.transform(Image.fromarray(self.pixels[i, :, :, 0]))


def moments(folder):
    """Mean and standard deviation of the training images, as lightly's transforms take them."""
    mean, std = np.load(Path(folder) / "moments.npy")
    return {"mean": mean.tolist(), "std": std.tolist()}


def views(folder):
    """SimCLR's two views at half its colour strength, of crops of 0.3 of the area or more, without what does nothing to grey images."""
    return SimCLRTransform(
        input_size=28, min_scale=0.3, hf_prob=0.5, cj_prob=0.8, cj_strength=0.5, cj_bright=0.8, cj_contrast=0.8, cj_sat=0, cj_hue=0,
        random_gray_scale=0, gaussian_blur=0.5, sigmas=(0.1, 2), normalize=moments(folder))


def loader(images, batch, workers, sampler=None):
    return DataLoader(images, batch, shuffle=sampler is None, sampler=sampler, drop_last=True, num_workers=workers,
                      worker_init_fn=one_thread)


def one_thread(_):
    torch.set_num_threads(1)


def both(batch):
    """The two views of a batch, one after the other, as one batch in channels_last."""
    return torch.cat(batch).to(memory_format=torch.channels_last)
