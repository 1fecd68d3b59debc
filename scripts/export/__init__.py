"""Parts of export_m3.py: checkpoints of the LLaVA family in, an ONNX encoder and its card out."""
