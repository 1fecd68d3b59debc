"""From a tower's channels to a language model's: LLaVA-1.5's and M3's projector, and MQT-LLaVA's resampler."""

import numpy
import torch
from torch import nn
from torch.nn import functional

from export.vision_tower import Heads


class MlpProjector(nn.Sequential):
    """`mlp2x_gelu` of LLaVA-1.5 (arXiv 2310.03744): [batch, n, channels] -> [batch, n, width], each token alone."""

    def __init__(self, channels, width):
        super().__init__(nn.Linear(channels, width), nn.GELU(), nn.Linear(width, width))


def sincos_table(channels, side):
    """Fixed positions [side², channels] of a square grid: half of the channels for the column, half for the row, each
    half its sines and then its cosines (the table of masked autoencoders, arXiv 2111.06377)."""
    rates = 10000.0 ** -(numpy.arange(channels // 4) / (channels / 4))
    rows, columns = numpy.divmod(numpy.arange(side**2), side)
    halves = [numpy.outer(places, rates) for places in (columns, rows)]
    return torch.tensor(numpy.concatenate([f(x) for x in halves for f in (numpy.sin, numpy.cos)], 1)).float()


class Resampler(nn.Module):
    """MQT-LLaVA's query transformer (arXiv 2405.19315, as released): [batch, n, channels] -> [batch, m, width].

    One cross-attention. Queries do not see each other, so the first tokens are the same whatever m is. The keys of the
    released code are positions alone: how much each patch counts in a token does not depend on the picture.
    """

    def __init__(self, channels, width, grid, queries=256):
        super().__init__()
        self.heads = Heads(channels)
        self.queries, self.side, self.grid = queries, round(queries**0.5), grid
        self.pos_embed = nn.Parameter(sincos_table(channels, self.side), requires_grad=False)
        self.query = nn.Parameter(torch.zeros(queries, channels))
        # Only holds the parameters, under the names that the checkpoints have.
        self.attn = nn.MultiheadAttention(channels, self.heads.count)
        for name in ("ln_q", "ln_k", "ln_v"):
            setattr(self, name, nn.LayerNorm(channels, eps=1e-6))
        self.proj = nn.Parameter(torch.zeros(channels, width))

    def forward(self, x, tokens=None):
        """`tokens`: how many of the queries to ask, all by default."""
        return self.mixed(self.shares(tokens or self.queries), x)

    def shares(self, tokens):
        """What each patch counts in each of the first tokens, of each head: [1, heads, tokens, grid²]."""
        asked = self.ln_q(self.query[:tokens] + self.pos_embed[:tokens])
        return self.heads.shares(self.inner(0, asked, tokens), self.inner(1, self.ln_k(self.patch_places())))

    def mixed(self, shares, x):
        found = self.heads.mixed(shares, self.inner(2, self.ln_v(x)), shares.shape[2])
        return self.attn.out_proj(found) @ self.proj

    def inner(self, part, x, rows=None):
        """Queries (part 0), keys (1) or values (2) of the attention, split into heads."""
        weight, bias = self.attn.in_proj_weight.chunk(3)[part], self.attn.in_proj_bias.chunk(3)[part]
        return self.heads.split(functional.linear(x, weight, bias), rows or self.grid**2)

    def patch_places(self):
        """The queries' positions, stretched over the patches: [grid², channels]."""
        table = self.pos_embed.reshape(1, self.side, self.side, -1).permute(0, 3, 1, 2)
        wide = functional.interpolate(table, size=(self.grid, self.grid), mode="bicubic", align_corners=False)
        return wide.flatten(2).squeeze(0).transpose(0, 1)
