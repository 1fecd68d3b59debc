"""Tower and projector as one graph."""

import torch
from torch import nn

from export.projectors import MlpProjector, Resampler
from export.vision_tower import CLIP_L_336, TINY, VisionTower

FAMILIES = ("m3", "llava", "mqt")
# Numbers of queries that MQT-LLaVA's paper reports (arXiv 2405.19315, figure 1).
MQT_LADDER = (2, 4, 8, 16, 36, 64, 144, 256)


class PatchEncoder(nn.Module):
    """M3 and LLaVA-1.5: pixels -> `tokens` [batch, grid², width]. M3 pools what the projector gives (arXiv 2405.17430,
    section 3.1, and the released `encode_images`), so that all its scales are block means of this output."""

    def __init__(self, tower, projector):
        super().__init__()
        self.tower, self.projector = tower, projector
        self.width = projector[-1].out_features
        self.scales = {"tokens": tower.sizes.grid**2}

    def forward(self, pixels):
        return self.projector(self.tower(pixels))


class QueryEncoder(nn.Module):
    """MQT-LLaVA: pixels -> `tokens_m` [batch, m, width] for each m of its ladder, each the beginning of the next.

    The shares do not depend on the picture, so that the graph holds them as numbers, in place of queries and keys.
    """

    def __init__(self, tower, projector):
        super().__init__()
        self.tower, self.projector = tower, projector
        self.width = projector.proj.shape[1]
        self.scales = {f"tokens_{m}": m for m in MQT_LADDER if m <= projector.queries}
        self.register_buffer("shares", projector.shares(max(self.scales.values())).detach())

    def forward(self, pixels):
        every = self.projector.mixed(self.shares, self.tower(pixels))
        return tuple(every[:, :m] for m in self.scales.values())


def make_encoder(tower, projector):
    """Both parts must have their weights."""
    return (QueryEncoder if isinstance(projector, Resampler) else PatchEncoder)(tower, projector).eval()


def random_encoder(family, seed, tiny):
    """The architecture with weights that mean nothing: the same for the same seed. `tiny`: with few channels."""
    torch.manual_seed(seed)
    sizes, width = (TINY, 96) if tiny else (CLIP_L_336, 4096)
    tower = VisionTower(sizes)
    projector = Resampler(sizes.channels, width, sizes.grid) if family == "mqt" else MlpProjector(sizes.channels, width)
    for part in (tower, projector):
        for name, weight in part.named_parameters():
            if name != "pos_embed":
                shake(weight)
    return make_encoder(tower, projector)


def shake(weight):
    """Away from zeros and ones, so that no parameter is without effect; by so little that sums stay near 1."""
    spread = 0.1 if weight.dim() == 1 else weight[0].numel() ** -0.5
    with torch.no_grad():
        weight.add_(torch.randn(weight.shape) * spread)
