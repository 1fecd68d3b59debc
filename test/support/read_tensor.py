"""Reads tensors as vLLM and TensorRT-LLM do, for tests: one JSON request a line, one JSON answer a line.

{"data": base64, "readers": ["npy", "torch"], "values": bool} -> {"dtype", "shape", "values"?: base64 float64 or int64}
or {"error": text}. What begins like a .npy file goes to numpy where that is among the readers, else to
torch.load(weights_only=True) (vllm/multimodal/media/image.py, tensorrt_llm/inputs/utils.py).
"""

import base64
import io
import json
import sys

import numpy as np
import torch


def load(content, readers):
    if content[:6] == b"\x93NUMPY" and "npy" in readers:
        return torch.from_numpy(np.load(io.BytesIO(content)))
    if "torch" not in readers:
        raise ValueError("no reader for this file")
    return torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")


def answer(request):
    tensor = load(base64.b64decode(request["data"], validate=True), request["readers"])
    if not isinstance(tensor, torch.Tensor):
        raise ValueError(f"no tensor but {type(tensor).__name__}")
    result = {
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "contiguous": tensor.is_contiguous(),
    }
    if request.get("values"):
        wide = tensor.to(torch.float64 if tensor.is_floating_point() else torch.int64)
        result["values"] = base64.b64encode(wide.numpy().tobytes()).decode()
    return result


for line in sys.stdin:
    try:
        told = answer(json.loads(line))
    except Exception as error:  # whatever is wrong with a payload is an answer, as it is in a host
        told = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(told), flush=True)
