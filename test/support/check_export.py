"""The judge of scripts/export_m3.py: the same networks from PyTorch's own layers, and checkpoints in all layouts.

Commands as JSON lists, one a line on stdin; for each a line {"status", "words"} on stdout:
["random", FAMILY, SEED, STATE]          the random weights of --tiny --random SEED, as a plain state dictionary
["layout", STATE, LAYOUT, DIR, CHANGE]   a checkpoint folder; CHANGE is -NAME, +NAME, ~NAME (not a number) or nothing
["run", STATE, DTYPE, RGB, OUT]          what the network gives for RGB bytes; weights rounded to DTYPE before,
                                         or as --dtype float16 stores them where it is "stored"
["export", ARGUMENT ...]                 the script itself, as if it were started with these arguments
"""

import contextlib
import io
import json
import os
import runpy
import struct
import sys
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional

SCRIPTS = Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
HEAD = 64
MEAN = [0.48145466, 0.4578275, 0.40821073]
STD = [0.26862954, 0.26130258, 0.27577711]


def random_state(family, seed, path):
    from export.encoder import random_encoder

    encoder = random_encoder(family, int(seed), True)
    torch.save({k: v for k, v in encoder.state_dict().items() if k != "shares"}, path)


# Checkpoints


def in_layout(state, layout):
    """Names as a layout has them, and what else such a checkpoint holds."""
    llm = torch.ones(4, 4)
    last = 1 + max(int(k.split(".")[3]) for k in state if k.startswith("tower.encoder.layers."))
    first = f"tower.encoder.layers.{last - 1}."
    more = {k.replace(first, f"tower.encoder.layers.{last}."): v * 2 for k, v in state.items() if k.startswith(first)}
    more["tower.post_layernorm.weight"] = torch.ones(state["tower.pre_layrnorm.weight"].shape)
    whole = {**state, **more}
    tower = {k[6:]: v for k, v in whole.items() if k.startswith("tower.")}
    projector = {k[10:]: v for k, v in whole.items() if k.startswith("projector.")}
    hf = {k.replace("0.", "linear_1.", 1).replace("2.", "linear_2.", 1): v for k, v in projector.items()}
    if layout == "liuhaotian":
        names = {f"model.vision_tower.vision_tower.vision_model.{k}": v for k, v in tower.items()}
        names.update({f"model.mm_projector.{k}": v for k, v in projector.items()})
        return {**names, "model.layers.0.self_attn.q_proj.weight": llm, "lm_head.weight": llm}
    if layout == "llava-hf":
        names = {f"vision_tower.vision_model.{k}": v for k, v in tower.items()}
        names.update({f"multi_modal_projector.{k}": v for k, v in hf.items()})
        return {**names, "language_model.model.layers.0.mlp.up_proj.weight": llm}
    if layout == "llava-hf-new":
        names = {f"model.vision_tower.vision_model.{k}": v for k, v in tower.items()}
        names.update({f"model.multi_modal_projector.{k}": v for k, v in hf.items()})
        return {**names, "model.language_model.norm.weight": llm}
    if layout == "projector-alone":
        return {**{f"model.mm_projector.{k}": v for k, v in projector.items()}, "lm_head.weight": llm}
    names = {f"vision_model.{k}": v for k, v in tower.items()}
    names["vision_model.embeddings.position_ids"] = torch.arange(577)
    return {**names, "text_model.final_layer_norm.weight": llm, "logit_scale": torch.tensor(4.6)}


CONFIGS = {
    "liuhaotian": {"mm_projector_type": "mlp2x_gelu", "mm_vision_select_layer": -2, "image_aspect_ratio": "pad"},
    "llava-hf": {"vision_feature_select_strategy": "default", "vision_config": {"patch_size": 4}},
    "llava-hf-new": {"vision_feature_layer": -2, "projector_hidden_act": "gelu"},
    "projector-alone": {"mm_vision_select_feature": "patch", "image_aspect_ratio": "square"},
    "clip": {"vision_config": {"patch_size": 4, "hidden_act": "quick_gelu"}},
}
DTYPES = {"llava-hf": torch.float16, "llava-hf-new": torch.bfloat16}


def save_layout(source, layout, folder, change=""):
    tensors = in_layout(torch.load(source), layout)
    tensors = {k: v.to(DTYPES[layout]) if layout in DTYPES else v for k, v in tensors.items()}
    sign, name = change[:1], change[1:]
    if sign == "+":
        tensors[name] = torch.ones(3)
    if sign == "-":
        del tensors[name]
    if sign == "~":
        tensors[name] = tensors[name] * float("nan")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIGS[layout]))
    save = save_bin if layout in ("liuhaotian", "projector-alone") else save_safetensors
    stem, end = ("pytorch_model", "bin") if save is save_bin else ("model", "safetensors")
    if layout not in ("liuhaotian", "llava-hf"):
        return save(folder / f"{stem}.{end}", tensors)
    names = list(tensors)
    shards = {f"{stem}-0000{i + 1}-of-00002.{end}": names[i::2] for i in range(2)}
    for file, held in shards.items():
        save(folder / file, {name: tensors[name] for name in held})
    index = {"weight_map": {name: file for file, held in shards.items() for name in held}}
    (folder / f"{stem}.{end}.index.json").write_text(json.dumps(index))


def save_bin(path, tensors):
    torch.save(tensors, path)


def save_safetensors(path, tensors):
    header, body = {"__metadata__": {"format": "pt"}}, b""
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}
    for name, tensor in tensors.items():
        raw = tensor.contiguous()
        data = (raw.view(torch.int16) if raw.dtype == torch.bfloat16 else raw).numpy().tobytes()
        places = [len(body), len(body) + len(data)]
        header[name] = {"dtype": names[raw.dtype], "shape": list(raw.shape), "data_offsets": places}
        body += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


# The networks, by PyTorch's own layers


def run(source, dtype, picture, out):
    state = {name: rounded(weight, dtype) for name, weight in torch.load(source).items()}
    table = state["tower.embeddings.patch_embedding.weight"]
    grid = round((state["tower.embeddings.position_embedding.weight"].shape[0] - 1) ** 0.5)
    side = grid * table.shape[-1]
    rgb = torch.from_numpy(numpy.fromfile(picture, numpy.uint8).reshape(1, side, side, 3).copy()).permute(0, 3, 1, 2)
    pixels = (rgb.float() / 255 - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
    os.makedirs(out, exist_ok=True)
    with torch.no_grad():
        features = tower(state, pixels, table)
        results = queries(state, features, grid) if "projector.query" in state else patches(state, features, grid)
        for tokens, values in results.items():
            values.squeeze(0).contiguous().numpy().astype("<f4").tofile(os.path.join(out, f"{tokens}.f32"))


def rounded(weight, dtype):
    if dtype == "stored":
        return weight.half().float() if weight.numel() >= 1024 else weight
    return weight.to(getattr(torch, dtype)).float()


def tower(state, pixels, table):
    part = {k[6:]: v for k, v in state.items() if k.startswith("tower.")}
    channels = table.shape[0]
    x = functional.conv2d(pixels, table, stride=table.shape[-1]).flatten(2).transpose(1, 2)
    x = torch.cat([part["embeddings.class_embedding"].view(1, 1, -1), x], 1)
    x = x + part["embeddings.position_embedding.weight"]
    x = functional.layer_norm(x, (channels,), part["pre_layrnorm.weight"], part["pre_layrnorm.bias"])
    number = 0
    while f"encoder.layers.{number}.mlp.fc1.weight" in part:
        x = own_layer(part, f"encoder.layers.{number}.", channels)(x)
        number += 1
    return x[:, 1:]


def own_layer(part, prefix, channels):
    get = lambda name: part[prefix + name]
    inner = get("mlp.fc1.weight").shape[0]
    gelu = lambda x: x * torch.sigmoid(1.702 * x)
    layer = nn.TransformerEncoderLayer(channels, channels // HEAD, inner, 0.0, gelu, batch_first=True, norm_first=True)
    names = {"linear1": "mlp.fc1", "linear2": "mlp.fc2", "norm1": "layer_norm1", "norm2": "layer_norm2"}
    names["self_attn.out_proj"] = "self_attn.out_proj"
    own = {f"{a}.{kind}": get(f"{b}.{kind}") for a, b in names.items() for kind in ("weight", "bias")}
    for kind in ("weight", "bias"):
        own[f"self_attn.in_proj_{kind}"] = torch.cat([get(f"self_attn.{n}_proj.{kind}") for n in "qkv"])
    layer.load_state_dict(own)
    return layer.eval()


def patches(state, features, grid):
    """LLaVA's projector, then M3's pooling: avg_pool2d of the projected grid (arXiv 2405.17430, section 3.1)."""
    linear = lambda x, n: functional.linear(x, state[f"projector.{n}.weight"], state[f"projector.{n}.bias"])
    tokens = linear(functional.gelu(linear(features, 0)), 2)
    plane = tokens.transpose(1, 2).reshape(1, -1, grid, grid)
    return {(grid // k) ** 2: functional.avg_pool2d(plane, k).flatten(2).transpose(1, 2) for k in (1, 2, 4, 8, 24)}


def queries(state, features, grid):
    """MQT-LLaVA's resampler, asked anew with the first m queries for each m (arXiv 2405.19315)."""
    part = {k[10:]: v for k, v in state.items() if k.startswith("projector.")}
    channels = features.shape[-1]
    norm = lambda x, n: functional.layer_norm(x, (channels,), part[f"{n}.weight"], part[f"{n}.bias"], 1e-6)
    attention = nn.MultiheadAttention(channels, channels // HEAD).eval()
    attention.load_state_dict({k[5:]: v for k, v in part.items() if k.startswith("attn.")})
    side = round(part["pos_embed"].shape[0] ** 0.5)
    table = part["pos_embed"].view(1, side, side, -1).permute(0, 3, 1, 2)
    places = functional.interpolate(table, (grid, grid), mode="bicubic").flatten(2).permute(2, 0, 1)
    values = norm(features.transpose(0, 1), "ln_v")
    results = {}
    for m in (4, 16, 36, 64, 144, 256):
        asked = norm(part["query"][:m].unsqueeze(1) + part["pos_embed"][:m].unsqueeze(1), "ln_q")
        results[m] = attention(asked, norm(places, "ln_k"), values)[0].transpose(0, 1) @ part["proj"]
    return results


def export(*arguments):
    sys.argv = ["export_m3.py", *arguments]
    runpy.run_path(str(SCRIPTS / "export_m3.py"), run_name="__main__")


COMMANDS = {"random": random_state, "layout": save_layout, "run": run, "export": export}
for line in sys.stdin:
    command, *arguments = json.loads(line)
    words = io.StringIO()
    status = 0
    with contextlib.redirect_stdout(words), contextlib.redirect_stderr(words):
        try:
            COMMANDS[command](*arguments)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
            print(end.code)
    print(json.dumps({"status": status, "words": words.getvalue()}), flush=True)
