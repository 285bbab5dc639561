"""The networks of jem/bench in PyTorch: the same layers, biases and initial weights."""

import os

from lightly.models.modules.heads import ProjectionHead
from torch import nn

CORES = len(os.sched_getaffinity(0))
NETWORKS = {  # name: stride of the stem, cells along each side of the last average, widths of the projector
    "peer": (1, 1, (256, 64)),
    "small": (2, 4, (256, 128)),
}


def convolution(inputs, outputs, kernel, stride):
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer


class Block(nn.Module):
    """The basic residual block with a shortcut of option B."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.path = nn.Sequential(
            convolution(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
            convolution(outputs, outputs, 3, 1), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.path(x) + self.shortcut(x))


class Network(nn.Module):
    """Backbone and projector. lightly's SimCLRProjectionHead ends in a BatchNorm, which the fixed network does not have."""

    def __init__(self, name, widths=(32, 64, 128)):
        super().__init__()
        stride, grid, (hidden, out) = NETWORKS[name]
        layers = [convolution(1, widths[0], 3, stride), nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True)]
        before = widths[0]
        for i, width in enumerate(widths):
            layers.append(Block(before, width, 2 if i else 1))
            before = width
        dim = widths[-1] * grid * grid
        self.backbone = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(grid), nn.Flatten())
        self.projector = ProjectionHead([(dim, hidden, nn.BatchNorm1d(hidden), nn.ReLU()), (hidden, out, None, None)])

    def forward(self, x):
        return self.projector(self.backbone(x))
