"""Writes an encoder's folder: the ONNX file and its cards, each whole or not at all."""

import hashlib
import inspect
import json
import os
from pathlib import Path

import numpy
import torch

from export.problem import ExportProblem

MODEL = "model.onnx"
CARD = "framenest.json"
# Protobuf's limit for one message, less what is no weight.
LARGEST = (1 << 31) - (16 << 20)
# Values; what is smaller stays float32.
SMALLEST_HALF = 1024
# CLIP's, of colours between 0 and 1.
MEAN = [0.48145466, 0.4578275, 0.40821073]
STD = [0.26862954, 0.26130258, 0.27577711]


def check_folder(out, force):
    """That a folder may be written to."""
    there = [name for name in (MODEL, CARD) if (Path(out) / name).exists()]
    if there and not force:
        raise ExportProblem(f"{out} already has {' and '.join(there)}. Choose another folder, or say --force.")
    if Path(out).exists() and not Path(out).is_dir():
        raise ExportProblem(f"{out} is no folder.")


def write_folder(out, encoder, cards, half, opset):
    """Exports `encoder` (normalised pixels -> its `scales`) and writes its cards: {file name: fields}.

    Returns the SHA-256 of the ONNX file. The model comes first, then the cards, which name its digest: a folder in
    which the two do not belong together is refused when it is opened.
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{MODEL}.part"
    try:
        export_graph(encoder, part, opset)
        if half:
            halve(part)
        digest = sha256(part)
        os.replace(part, folder / MODEL)
    finally:
        part.unlink(missing_ok=True)
    for name, card in cards.items():
        write_text(folder / name, json.dumps({**card, "file": MODEL, "sha256": digest}, indent=2) + "\n")
    return digest


def export_graph(encoder, path, opset):
    size = 4 * sum(p.numel() for p in encoder.parameters())
    if size > LARGEST:
        raise ExportProblem(f"The weights have {size} bytes: more than one ONNX file can hold.")
    side = encoder.tower.sizes.side
    outputs = list(encoder.scales)
    # The exporter that traces: its names and operators are the same in every torch from 1.13 on.
    legacy = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    with torch.no_grad():
        torch.onnx.export(
            encoder,
            (torch.zeros(1, 3, side, side),),
            str(path),
            input_names=["pixel_values"],
            output_names=outputs,
            dynamic_axes={name: {0: "batch"} for name in ["pixel_values", *outputs]},
            opset_version=opset,
            **legacy,
        )


def halve(path):
    """Stores large weights as float16 and casts them back in the graph: half the file, the arithmetic stays float32."""
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as cause:
        raise ExportProblem("--dtype float16 needs the Python package onnx.") from cause
    model = onnx.load(str(path))
    casts = []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != numpy.float32 or values.size < SMALLEST_HALF:
            continue
        if numpy.abs(values).max() > numpy.finfo(numpy.float16).max:
            raise ExportProblem(f'"{weight.name}" has values that float16 cannot hold. Use --dtype float32.')
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(numpy.float16), f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [weight.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, str(path))


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def write_text(path, text):
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def make_card(encoder, output, tokens, facts):
    """Fields of a card for one output; docs/encoders.md describes each. `facts`: name, resize, license, source."""
    side = encoder.tower.sizes.side
    return {
        "name": facts["name"],
        "inputName": "pixel_values",
        "inputShape": ["batch", 3, side, side],
        "mean": MEAN,
        "std": STD,
        "resize": facts["resize"],
        "outputName": output,
        "outputLayout": "tokens",
        "gridSide": round(tokens**0.5),
        "channels": encoder.width,
        "stage": "post",
        **{field: facts[field] for field in ("license", "source") if facts[field] is not None},
    }
