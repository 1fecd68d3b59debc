"""CLIP's vision tower as LLaVA uses it.

Radford et al., arXiv 2103.00020; module names as in the checkpoints that are published, so that their state
dictionaries load as they are. The features are those that the last layer but one leaves, without the class token
(LLaVA-1.5, arXiv 2310.03744: `mm_vision_select_layer: -2`, `mm_vision_select_feature: patch`).
"""

from dataclasses import dataclass

import torch
from torch import nn

# Of every CLIP tower up to ViT-L: 12 heads at 768 channels, 16 at 1024.
HEAD_CHANNELS = 64


@dataclass(frozen=True)
class TowerSizes:
    """What the tensors' shapes say of a tower."""

    # Pixels of a patch's side.
    patch: int
    # Rows, and columns, of the patch grid.
    grid: int
    channels: int
    # Channels inside the feed-forward part.
    inner: int
    # Layers that run: one less than the tower has.
    layers: int

    @property
    def side(self):
        """Pixels of the square input."""
        return self.patch * self.grid


CLIP_L_336 = TowerSizes(patch=14, grid=24, channels=1024, inner=4096, layers=23)
# The same grid and the same parts, small enough for a test.
TINY = TowerSizes(patch=4, grid=24, channels=128, inner=256, layers=3)


def quick_gelu(x):
    """The approximation of GELU that OpenAI's CLIP was trained with."""
    return x * torch.sigmoid(1.702 * x)


class Heads:
    """Attention of `channels` / 64 heads. Sizes are told, not read off tensors: so the graph that is traced has no free
    axis but the batch, and no arithmetic of shapes."""

    def __init__(self, channels):
        self.channels = channels
        self.count = channels // HEAD_CHANNELS

    def split(self, x, rows):
        """[batch, rows, channels] or [rows, channels] -> [batch or 1, heads, rows, 64]."""
        return x.reshape(-1, rows, self.count, HEAD_CHANNELS).transpose(1, 2)

    def shares(self, queries, keys):
        """Split queries and keys -> what each row of the keys counts: [batch, heads, rows, rows of the keys]."""
        return torch.softmax(queries @ keys.transpose(-1, -2) * HEAD_CHANNELS**-0.5, dim=-1)

    def mixed(self, shares, values, rows):
        """Split values by these shares -> [batch, rows, channels]."""
        return (shares @ values).transpose(1, 2).reshape(-1, rows, self.channels)


class SelfAttention(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.rows = sizes.grid**2 + 1
        self.heads = Heads(sizes.channels)
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(sizes.channels, sizes.channels))

    def forward(self, x):
        queries, keys, values = (self.heads.split(f(x), self.rows) for f in (self.q_proj, self.k_proj, self.v_proj))
        return self.out_proj(self.heads.mixed(self.heads.shares(queries, keys), values, self.rows))


class FeedForward(nn.Module):
    def __init__(self, channels, inner):
        super().__init__()
        self.fc1 = nn.Linear(channels, inner)
        self.fc2 = nn.Linear(inner, channels)

    def forward(self, x):
        return self.fc2(quick_gelu(self.fc1(x)))


class Layer(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.self_attn = SelfAttention(sizes)
        self.layer_norm1 = nn.LayerNorm(sizes.channels)
        self.mlp = FeedForward(sizes.channels, sizes.inner)
        self.layer_norm2 = nn.LayerNorm(sizes.channels)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class Embeddings(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.channels, self.patches = sizes.channels, sizes.grid**2
        self.class_embedding = nn.Parameter(torch.zeros(sizes.channels))
        self.patch_embedding = nn.Conv2d(3, sizes.channels, sizes.patch, sizes.patch, bias=False)
        self.position_embedding = nn.Embedding(sizes.grid**2 + 1, sizes.channels)

    def forward(self, pixels):
        patches = self.patch_embedding(pixels)
        patches = patches.reshape(-1, self.channels, self.patches).transpose(1, 2)
        first = self.class_embedding.expand(pixels.shape[0], 1, self.channels)
        return torch.cat([first, patches], dim=1) + self.position_embedding.weight


class VisionTower(nn.Module):
    """Normalised pixels [batch, 3, side, side] -> patch features [batch, grid², channels] in raster order."""

    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes
        self.embeddings = Embeddings(sizes)
        # The name is spelt so in every checkpoint.
        self.pre_layrnorm = nn.LayerNorm(sizes.channels)
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))

    def forward(self, pixels):
        x = self.pre_layrnorm(self.embeddings(pixels))
        for layer in self.encoder.layers:
            x = layer(x)
        return x[:, 1:]
