"""Finds and reads the tensors of a checkpoint folder that an export needs, and nothing else of it.

Layouts: `model.safetensors` or `pytorch_model.bin`, whole or in shards with an index. Of shards only those are opened
that hold a wanted tensor: a 7B model is 13 GB, its tower and projector are 0.6.
"""

import inspect
import json
import math
import mmap
import pickle
import struct
from pathlib import Path

import torch

from export.problem import ExportProblem

FORMATS = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
WHOLE = ("model.safetensors", "pytorch_model.bin")
# Bytes; the header of a 7B model has 0.1 MB.
LONGEST_HEADER = 64 << 20


def read_json(path):
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise ExportProblem(f"{path} cannot be read as JSON: {cause}.") from cause
    if not isinstance(value, dict):
        raise ExportProblem(f"{path} holds no JSON object.")
    return value


def read_config(folder):
    """`config.json`, or {} where there is none."""
    path = Path(folder) / "config.json"
    return read_json(path) if path.exists() else {}


def read_tensors(folder, own_name):
    """Tensors of a folder as float32.

    own_name: the name in a checkpoint -> ours, or None for what is not wanted.
    """
    found = {}
    for path in files_to_open(Path(folder), own_name):
        for name, tensor in read_file(path, own_name):
            own = own_name(name)
            if own in found:
                raise ExportProblem(f'{folder} has "{own}" twice; the second is "{name}" in {path.name}.')
            if not tensor.is_floating_point():
                raise ExportProblem(f'"{name}" in {path} is {tensor.dtype}: expected floats, not quantised weights.')
            if not torch.isfinite(tensor).all():
                raise ExportProblem(f'"{name}" in {path} has values that are no finite numbers. Fetch the file again.')
            found[own] = tensor.float()
    return found


def files_to_open(folder, own_name):
    """Paths of the files that hold wanted tensors."""
    if not folder.is_dir():
        raise ExportProblem(f"The folder {folder} does not exist.")
    for whole in WHOLE:
        index = folder / f"{whole}.index.json"
        if index.exists():
            return sorted({shard(folder, index, file) for file in wanted_files(index, own_name)})
        if (folder / whole).exists():
            return [folder / whole]
    raise ExportProblem(f"{folder} has no weights: expected {' or '.join(WHOLE)}, or an index of shards beside them.")


def wanted_files(index, own_name):
    weights = read_json(index).get("weight_map")
    if not isinstance(weights, dict):
        raise ExportProblem(f'{index} has no "weight_map".')
    return [file for name, file in weights.items() if own_name(name) is not None]


def shard(folder, index, file):
    if not isinstance(file, str) or Path(file).name != file:
        raise ExportProblem(f"{index} names the shard {file!r}: expected a file beside it.")
    if not (folder / file).is_file():
        raise ExportProblem(f"{index} names the shard {file}, which is not there. Fetch it, too.")
    return folder / file


def read_file(path, own_name):
    """Pairs of name and tensor of the wanted tensors in one file."""
    if path.suffix == ".safetensors":
        return read_safetensors(path, own_name)
    try:
        # Mapped where torch can: the shard's other tensors then stay on disk.
        mapped = {"mmap": True} if "mmap" in inspect.signature(torch.load).parameters else {}
        try:
            state = torch.load(str(path), map_location="cpu", weights_only=True, **mapped)
        except RuntimeError:
            # Files of torch before 1.6 cannot be mapped.
            state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as cause:
        raise ExportProblem(f"{path} is no PyTorch checkpoint of plain tensors: {cause}") from cause
    if not isinstance(state, dict):
        raise ExportProblem(f"{path} holds a {type(state).__name__}: expected a dictionary of tensors.")
    return [(name, value) for name, value in state.items() if own_name(name) is not None]


def read_safetensors(path, own_name):
    """The format is 8 bytes of header length, a JSON header, and the tensors' bytes."""
    with open(path, "rb") as file:
        lead = file.read(8)
        length = struct.unpack("<Q", lead)[0] if len(lead) == 8 else 0
        if not 2 <= length <= LONGEST_HEADER:
            raise ExportProblem(f"{path} is no safetensors file: a header of {length} bytes.")
        try:
            header = json.loads(file.read(length))
        except ValueError as cause:
            raise ExportProblem(f"{path} is no safetensors file: {cause}.") from cause
        wanted = [(name, entry) for name, entry in header.items() if own_name(name) is not None]
        if not wanted:
            return []
        # Private: torch wants memory that may be written to, and nothing here does.
        memory = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    return [(name, tensor_at(path, memory, 8 + length, name, entry)) for name, entry in wanted]


def tensor_at(path, memory, body, name, entry):
    try:
        dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        count = math.prod(shape)
    except (KeyError, TypeError, ValueError) as cause:
        raise ExportProblem(f'{path} describes "{name}" wrongly: {entry!r}.') from cause
    if dtype not in FORMATS:
        raise ExportProblem(f'"{name}" in {path} is {dtype}: expected {", ".join(FORMATS)}, not quantised weights.')
    size = torch.finfo(FORMATS[dtype]).bits // 8
    if not 0 <= start <= end <= len(memory) - body or end - start != count * size:
        raise ExportProblem(f'"{name}" in {path}: bytes {start} to {end} are not {shape} of {dtype}. Fetch it again.')
    if count == 0:
        return torch.zeros(shape)
    return torch.frombuffer(memory, dtype=FORMATS[dtype], count=count, offset=body + start).reshape(shape)
