"""A training step of the fixed network by JAX on its own XLA, in turns with jem bench step."""

import argparse

import jax
import jax.numpy as jnp

import peer

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--batch", type=int, default=128)
parser.add_argument("--size", type=int, default=28)
parser.add_argument("--widths", default="32,64,128")
options = parser.parse_args()
widths = [int(w) for w in options.widths.split(",")]


def convolution(key, kernel, inputs, outputs):
    deviation = (2 / (kernel * kernel * outputs)) ** 0.5
    return jax.random.normal(key, (kernel, kernel, inputs, outputs)) * deviation


def linear(key, inputs, outputs, bias):
    bound = inputs ** -0.5
    layer = {"w": jax.random.uniform(key, (inputs, outputs), minval=-bound, maxval=bound)}
    return layer | ({"b": jnp.zeros(outputs)} if bias else {})


def norm(width):
    return {"gamma": jnp.ones(width), "beta": jnp.zeros(width)}


def buffers(width):
    return {"mean": jnp.zeros(width), "var": jnp.ones(width)}


def initial(key):
    """Weights, and the running buffers of every BatchNorm."""
    keys = iter(jax.random.split(key, 32))
    weights = {"stem": convolution(next(keys), 3, 1, widths[0]), "stem_bn": norm(widths[0]), "blocks": []}
    state = {"stem": buffers(widths[0]), "blocks": []}
    before = widths[0]
    for i, width in enumerate(widths):
        block = {"conv1": convolution(next(keys), 3, before, width), "bn1": norm(width),
                 "conv2": convolution(next(keys), 3, width, width), "bn2": norm(width)}
        moving = {"bn1": buffers(width), "bn2": buffers(width)}
        if i or before != width:
            block |= {"shortcut": convolution(next(keys), 1, before, width), "bn": norm(width)}
            moving |= {"bn": buffers(width)}
        weights["blocks"].append(block)
        state["blocks"].append(moving)
        before = width
    weights |= {"dense1": linear(next(keys), before, 256, False), "bn1": norm(256), "dense2": linear(next(keys), 256, 64, True)}
    return weights, state | {"bn1": buffers(256)}


def convolve(x, kernel, stride):
    pad = kernel.shape[0] // 2
    return jax.lax.conv_general_dilated(x, kernel, (stride, stride), [(pad, pad)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def batch_norm(x, p, old):
    """The normalised x, and the moved buffers."""
    axes = tuple(range(x.ndim - 1))
    n = x.size // x.shape[-1]
    mean, var = x.mean(axes), x.var(axes)
    new = {"mean": 0.9 * old["mean"] + 0.1 * mean, "var": 0.9 * old["var"] + 0.1 * var * n / (n - 1)}
    return (x - mean) * jax.lax.rsqrt(var + 1e-5) * p["gamma"] + p["beta"], new


def network(w, s, x):
    new = {"blocks": []}
    x, new["stem"] = batch_norm(convolve(x, w["stem"], 1), w["stem_bn"], s["stem"])
    x = jax.nn.relu(x)
    for i, (b, old) in enumerate(zip(w["blocks"], s["blocks"])):
        stride, moved = (2 if i else 1), {}
        y, moved["bn1"] = batch_norm(convolve(x, b["conv1"], stride), b["bn1"], old["bn1"])
        y, moved["bn2"] = batch_norm(convolve(jax.nn.relu(y), b["conv2"], 1), b["bn2"], old["bn2"])
        if "shortcut" in b:
            x, moved["bn"] = batch_norm(convolve(x, b["shortcut"], stride), b["bn"], old["bn"])
        x = jax.nn.relu(x + y)
        new["blocks"].append(moved)
    z, new["bn1"] = batch_norm(x.mean((1, 2)) @ w["dense1"]["w"], w["bn1"], s["bn1"])
    return jax.nn.relu(z) @ w["dense2"]["w"] + w["dense2"]["b"], new


def loss(w, s, views):
    z, new = network(w, s, views)
    z = z / jnp.linalg.norm(z, axis=1, keepdims=True)
    n = z.shape[0]
    logits = jnp.where(jnp.eye(n, dtype=bool), -jnp.inf, z @ z.T / 0.5)
    positive = (jnp.arange(n) + n // 2) % n
    return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(n), positive]), new


def adam(w, gradient, m, v, count):
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
    w = jax.tree.map(lambda w, m, v: w - 1e-3 * m / (1 - 0.9 ** count) / (jnp.sqrt(v / (1 - 0.999 ** count)) + 1e-8), w, m, v)
    return w, m, v


def train(all_state, views):
    w, s, m, v, count = all_state
    (value, s), gradient = jax.value_and_grad(loss, has_aux=True)(w, s, views)
    w, m, v = adam(w, gradient, m, v, count + 1)
    return (w, s, m, v, count + 1), value


weights, moving = initial(jax.random.key(1))
zeros = jax.tree.map(jnp.zeros_like, weights)
state = (weights, moving, zeros, zeros, jnp.zeros(()))
views = jax.random.normal(jax.random.key(2), (2 * options.batch, options.size, options.size, 1))
compiled = jax.jit(train, donate_argnums=0)
state = jax.tree.map(lambda x: x.copy(), state)  # so that no buffer is donated twice


def step():
    global state
    state, value = compiled(state, views)
    return float(value)


step()
peer.serve_calls(f"JAX {jax.__version__}", step)
