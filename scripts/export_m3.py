#!/usr/bin/env python3
"""Exports the vision tower and projector of M3, LLaVA-1.5 or MQT-LLaVA as an encoder for framenest.

Writes an ONNX file and its card(s). Needs Python 3.9, torch 1.13 or newer and numpy; --dtype float16 also onnx.
docs/models.md has the commands and says what was proven.
"""

import argparse
import sys
from pathlib import Path

from export.checkpoint import read_config
from export.encoder import FAMILIES, make_encoder, random_encoder
from export.onnx_folder import CARD, check_folder, make_card, write_folder
from export.problem import ExportProblem
from export.weights import load_modules


def read_arguments(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", required=True, choices=FAMILIES)
    weights = parser.add_mutually_exclusive_group(required=True)
    weights.add_argument("--checkpoint", metavar="DIR", help="folder with config.json and the weights")
    weights.add_argument("--random", metavar="SEED", type=int, help="no weights: random ones, for trying things out")
    parser.add_argument("--vision", metavar="DIR", help="folder of the vision tower, where the checkpoint has none")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write")
    parser.add_argument("--dtype", default="float32", choices=("float32", "float16"), help="of the stored weights")
    parser.add_argument("--opset", default=17, type=int, help="of ONNX, 14 to 20; default 17")
    parser.add_argument("--tokens", metavar="M", type=int, help="mqt: what framenest.json reads; default 256")
    parser.add_argument("--resize", choices=("pad", "crop", "stretch"), help="default: as the checkpoint, else pad")
    parser.add_argument("--name", help="in the card; default: the checkpoint's folder")
    parser.add_argument("--license", help="of the weights, an SPDX expression, for the card")
    parser.add_argument("--source", help="where the weights come from, for the card")
    parser.add_argument("--tiny", action="store_true", help="with --random: the same parts with few channels")
    parser.add_argument("--force", action="store_true", help="replace what is in the folder")
    given = parser.parse_args(words)
    if given.random is None and given.tiny:
        parser.error("--tiny goes with --random only")
    if given.random is not None and given.vision is not None:
        parser.error("--vision goes with --checkpoint only")
    if not 14 <= given.opset <= 20:
        parser.error(f"--opset is {given.opset}: expected 14 to 20")
    return given


def facts_of(given):
    """What the card says about the weights and their preprocessing."""
    name = given.name or f"{given.family}-random"
    resize = "pad"
    if given.checkpoint is not None:
        name = given.name or Path(given.checkpoint).resolve().name
        # LLaVA's other setting, "square" (or none), is CLIP's own preprocessing: the middle of the picture.
        resize = "pad" if read_config(given.checkpoint).get("image_aspect_ratio", "pad") == "pad" else "crop"
    return {"name": name, "resize": given.resize or resize, "license": given.license, "source": given.source}


def cards_of(encoder, given, facts):
    """{file name: card}. A card's grid is a square: of MQT's outputs those of 4, 16, 36, … tokens have one."""
    squares = {tokens: output for output, tokens in encoder.scales.items() if round(tokens**0.5) ** 2 == tokens}
    chosen = given.tokens or max(squares)
    if chosen not in squares:
        readable = ", ".join(map(str, squares))
        raise ExportProblem(f"--tokens is {chosen}: a card can read {readable} of --family {given.family}.")
    others = {f"tokens-{m}.json": make_card(encoder, squares[m], m, facts) for m in squares if len(squares) > 1}
    return {**others, CARD: make_card(encoder, squares[chosen], chosen, facts)}


def main(words):
    given = read_arguments(words)
    check_folder(given.out, given.force)
    if given.checkpoint is None:
        encoder = random_encoder(given.family, given.random, given.tiny)
    else:
        encoder = make_encoder(*load_modules(given.checkpoint, given.vision, given.family))
    cards = cards_of(encoder, given, facts_of(given))
    digest = write_folder(given.out, encoder, cards, given.dtype == "float16", given.opset)
    print(f"Wrote {given.out}: model.onnx, SHA-256 {digest}; {', '.join(cards)}.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ExportProblem as problem:
        sys.exit(f"export_m3: {problem}")
