"""Writes a CLIP-like pair into the folder given: a ViT vision tower and a text tower with constructed weights.

Patches of 8 px of a 96 px picture, 12 x 12 of them, 32 channels. Some words are colours; the text tower sends them where the
projection sends patches of that colour. Deterministic. Beside the models: reference.json, what torch computes.
"""

import json
import math
import struct
import sys
from pathlib import Path

import torch

SIDE, PATCH, WIDTH, SPACE, LENGTH = 96, 8, 32, 16, 12
GRID = SIDE // PATCH
# "red" last: its merge of r and e must not come before those of "green".
SPOKEN = ["the", "where", "is", "thing", "green", "blue", "yellow", "white", "red"]
COLOURS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "yellow": (1, 1, 0), "white": (1, 1, 1)}
GREY = torch.full((3,), 0.5)



def vocabulary():
    """Byte pairs as CLIP has them: letters, letters that end a word, and what the merges make of them on the way to a word."""
    letters = [chr(c) for c in range(ord("!"), ord("~") + 1)]
    vocab, merges = letters + [letter + "</w>" for letter in letters], []
    for word in SPOKEN:
        parts = list(word[:-1]) + [word[-1] + "</w>"]
        while len(parts) > 1:
            if (merge := f"{parts[0]} {parts[1]}") not in merges:
                merges.append(merge)
            parts[:2] = ["".join(parts[:2])]
            if parts[0] not in vocab:
                vocab.append(parts[0])
    return vocab + ["<|startoftext|>", "<|endoftext|>"], merges


WORDS, MERGES = vocabulary()
START, END = len(WORDS) - 2, len(WORDS) - 1
generator = torch.Generator().manual_seed(7)
# Three orthogonal directions of the patches' channels and of the shared space carry the colour.
PATCH_AXES = torch.linalg.qr(torch.randn(WIDTH, 3, generator=generator))[0]
SPACE_AXES = torch.linalg.qr(torch.randn(SPACE, 3, generator=generator))[0]


def opposed(colours):
    """A colour as its difference from grey."""
    return torch.as_tensor(colours, dtype=torch.float32) - GREY


class Block(torch.nn.Module):
    """A transformer layer with one head; nearly passes its input through."""

    def __init__(self, width, strength):
        super().__init__()
        self.root = math.sqrt(width)
        self.norm = torch.nn.LayerNorm(width)
        self.qkv = torch.nn.Linear(width, 3 * width, bias=False)
        self.qkv.weight.data = strength * torch.randn(3 * width, width, generator=generator) / math.sqrt(width)

    def forward(self, x, mask=None):
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        weights = q @ k.transpose(1, 2) / self.root
        if mask is not None:
            weights = weights + mask
        return x + weights.softmax(-1) @ v


class Vision(torch.nn.Module):
    """Patch embedding, class token, one layer; last hidden state, and the picture's embedding after norm and projection."""

    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Conv2d(3, WIDTH, PATCH, PATCH)
        mean = torch.zeros(WIDTH, 3)
        mean[:] = 4 * PATCH_AXES
        self.embed.weight.data = mean[:, :, None, None].expand(WIDTH, 3, PATCH, PATCH) / PATCH**2
        self.embed.bias.data = -self.embed.weight.data.sum(dim=(2, 3)) @ GREY
        self.first = torch.nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.layer = Block(WIDTH, 0.02)
        self.post_layernorm = torch.nn.LayerNorm(WIDTH)
        self.visual_projection = torch.nn.Linear(WIDTH, SPACE, bias=False)
        self.visual_projection.weight.data = SPACE_AXES @ PATCH_AXES.T + 0.01 * torch.randn(SPACE, WIDTH, generator=generator)

    def forward(self, pixels):
        patches = self.embed(pixels).flatten(2).transpose(1, 2)
        hidden = self.layer(torch.cat([self.first.expand(pixels.shape[0], -1, -1), patches], dim=1))
        return hidden, self.visual_projection(self.post_layernorm(hidden[:, 0]))


class Text(torch.nn.Module):
    """Word embeddings, then each position takes the mean of those up to it; a text's own position is its end's."""

    def __init__(self, pooled):
        super().__init__()
        self.pooled = pooled
        self.embed = torch.nn.Embedding(len(WORDS), SPACE)
        table = 0.02 * torch.randn(len(WORDS), SPACE, generator=torch.Generator().manual_seed(11))
        for word, colour in COLOURS.items():
            table[WORDS.index(word + "</w>")] = SPACE_AXES @ opposed(colour)
        # What is padded with the end's token would pull a pooling at the last position far away.
        table[END] = 0.05 * SPACE_AXES @ opposed((0, 1, 1))
        self.embed.weight.data = table
        self.register_buffer("sums", torch.tril(torch.ones(LENGTH, LENGTH)))

    def forward(self, ids):
        length = ids.shape[1]
        hidden = self.sums[:length, :length] @ self.embed(ids)
        if not self.pooled:
            return hidden
        end = (ids == END).int().argmax(dim=-1)
        return hidden[torch.arange(ids.shape[0]), end]


def tokenizer():
    """Laid out as CLIP's is published."""
    words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    added = [dict(id=i, content=WORDS[i], single_word=False, lstrip=False, rstrip=False, normalized=i == START, special=True)
             for i in (START, END)]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": words}, "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}]},
        "post_processor": {"type": "RobertaProcessing", "sep": [WORDS[END], END], "cls": [WORDS[START], START],
                           "trim_offsets": False, "add_prefix_space": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": WORDS[END], "continuing_subword_prefix": "",
                  "end_of_word_suffix": "</w>", "fuse_unk": False, "vocab": {w: i for i, w in enumerate(WORDS)},
                  "merges": MERGES},
    }


def safetensors(path, arrays):
    header, at, parts = {}, 0, []
    for name, array in arrays.items():
        data = array.detach().contiguous().numpy().tobytes()
        dtype = {torch.float32: "F32", torch.float16: "F16"}[array.dtype]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
        parts.append(data)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def main(folder):
    vision, pooled, perToken = Vision().eval(), Text(True).eval(), Text(False).eval()
    free = {"pixel_values": {0: "batch"}, "last_hidden_state": {0: "batch"}, "image_embeds": {0: "batch"}}
    (folder / "onnx").mkdir(exist_ok=True)
    torch.onnx.export(vision, torch.zeros(1, 3, SIDE, SIDE), str(folder / "onnx/vision_model.onnx"), opset_version=14,
                      input_names=["pixel_values"], output_names=["last_hidden_state", "image_embeds"], dynamic_axes=free)
    ids = torch.full((1, 5), END)
    torch.onnx.export(pooled, ids, str(folder / "onnx/text_model.onnx"), opset_version=14, input_names=["input_ids"],
                      output_names=["text_embeds"], dynamic_axes={"input_ids": {0: "batch", 1: "length"}, "text_embeds": {0: "batch"}})
    torch.onnx.export(perToken, torch.full((1, LENGTH), END), str(folder / "onnx/text_fixed.onnx"), opset_version=14,
                      input_names=["input_ids"], output_names=["last_hidden_state"])
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer()))
    norm = vision.post_layernorm
    safetensors(folder / "projection.safetensors", {
        "visual_projection.weight": vision.visual_projection.weight,
        "half": vision.visual_projection.weight.half(),
        "norm.weight": norm.weight, "norm.bias": norm.bias,
    })
    card = {
        "name": "tiny-clip", "file": "onnx/vision_model.onnx", "inputName": "pixel_values",
        "inputShape": ["batch", 3, SIDE, SIDE], "mean": [0, 0, 0], "std": [1, 1, 1], "resample": "area",
        "outputName": "last_hidden_state", "outputLayout": "tokens", "prefixTokens": 1, "gridSide": GRID, "channels": WIDTH,
        "text": {
            "file": "onnx/text_model.onnx", "tokenizer": "tokenizer.json", "contextLength": LENGTH,
            "projection": {"file": "projection.safetensors"},
        },
    }
    (folder / "framenest.json").write_text(json.dumps(card))
    reference(folder, vision, pooled)


def reference(folder, vision, text):
    unit = lambda x: x / x.norm(dim=-1, keepdim=True)
    ids = lambda *words: [START, *(WORDS.index(word) for word in words), END]
    queries = {
        "red": ids("red</w>"),
        "  The GREEN\tthing?": ids("the</w>", "green</w>", "thing</w>", "?</w>"),
        "zebra": ids("z", "e", "b", "r", "a</w>"),
        # Longer than the context: the end stays.
        "red " * 9 + "blue blue": ids(*["red</w>"] * 9, "blue</w>"),
    }
    grid = torch.randn(9, WIDTH, generator=generator)
    with torch.no_grad():
        embeddings = {query: unit(text(torch.tensor([tokens])))[0] for query, tokens in queries.items()}
        patches = unit(vision.visual_projection(grid))
        normed = unit(vision.visual_projection(vision.post_layernorm(grid)))
        told = {
            "projection": vision.visual_projection.weight.flatten().tolist(),
            "embeddings": {query: row.tolist() for query, row in embeddings.items()},
            "grid": grid.flatten().tolist(),
            "relevance": (patches @ embeddings["red"]).tolist(),
            "relevanceAfterNorm": (normed @ embeddings["red"]).tolist(),
        }
    (folder / "reference.json").write_text(json.dumps(told))


main(Path(sys.argv[1]))
