"""A tiny language model that sees, in the ONNX split of transformers.js, and torch's word on what it must compute.

Usage: tiny-decoder.py FOLDER

Writes config.json, generation_config.json, tokenizer.json, tokenizer_config.json, chat_template.jinja, and in onnx/
embed_tokens.onnx and decoder_model_merged.onnx, both also with half-precision doors (_fp16); then the line "ready".
From then on each line on stdin, {"ids", "frames": [{"at", "rows"}], "generate"}, is answered by a line
{"logits": [tokens][vocab], "greedy": [ids]}: whole sequences, no cache.

Two layers of a Llama-like decoder (RMSNorm, rotary positions, grouped queries, SwiGLU). Weights come from a fixed seed.
"""

import json
import math
import os
import sys

import torch

LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD, INNER, CONTEXT = 2, 32, 4, 2, 8, 64, 512
MERGES = ["Ġ t", "h e", "Ġt he", "i n", "Ġ a", "r e", "o n", "Ġ i", "Ġi s", "e r", "o r", "Ġ s", "a t", "Ġ w", "h at"]
MERGES += ["Ġ d", "Ġd o", "Ġdo or", "r s", "Ã ¤", "ð Ł"]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>"]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}{% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# The pattern of Qwen2's tokenizer.json.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def byte_letters():
    """GPT-2's letters for the 256 bytes: printable ones stand for themselves, the others follow from U+0100 on."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + place) for place in range(len(rest))]


def vocabulary():
    return byte_letters() + [merge.replace(" ", "") for merge in MERGES]


VOCAB = 256 + len(MERGES) + len(SPECIAL)
IMAGE = VOCAB - 1


def drawn(generator, *shape):
    return torch.nn.Parameter(torch.randn(*shape, generator=generator) / math.sqrt(shape[-1]))


def normed(x, weight):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * weight


def turned(x, cos, sin):
    low, high = x[..., : HEAD // 2], x[..., HEAD // 2 :]
    return x * cos + torch.cat([-high, low], -1) * sin


class Layer(torch.nn.Module):
    def __init__(self, generator):
        super().__init__()
        self.q = drawn(generator, HEADS * HEAD, HIDDEN)
        self.k = drawn(generator, KV_HEADS * HEAD, HIDDEN)
        self.v = drawn(generator, KV_HEADS * HEAD, HIDDEN)
        self.o = drawn(generator, HIDDEN, HEADS * HEAD)
        self.gate = drawn(generator, INNER, HIDDEN)
        self.up = drawn(generator, INNER, HIDDEN)
        self.down = drawn(generator, HIDDEN, INNER)
        self.norms = torch.nn.Parameter(1 + 0.1 * torch.randn(2, HIDDEN, generator=generator))

    def forward(self, x, cos, sin, mask, past_key, past_value):
        inner = normed(x, self.norms[0])
        count = x.shape[1]
        query = turned((inner @ self.q.T).view(1, count, HEADS, HEAD).transpose(1, 2), cos, sin)
        key = turned((inner @ self.k.T).view(1, count, KV_HEADS, HEAD).transpose(1, 2), cos, sin)
        value = (inner @ self.v.T).view(1, count, KV_HEADS, HEAD).transpose(1, 2)
        key, value = torch.cat([past_key, key], 2), torch.cat([past_value, value], 2)
        grouped = query.reshape(1, KV_HEADS, HEADS // KV_HEADS, count, HEAD)
        scores = grouped @ key.unsqueeze(2).transpose(3, 4) / math.sqrt(HEAD) + mask
        mixed = (scores.softmax(-1) @ value.unsqueeze(2)).reshape(1, HEADS, count, HEAD)
        x = x + mixed.transpose(1, 2).reshape(1, count, HEADS * HEAD) @ self.o.T
        inner = normed(x, self.norms[1])
        x = x + (torch.nn.functional.silu(inner @ self.gate.T) * (inner @ self.up.T)) @ self.down.T
        return x, key, value


class Decoder(torch.nn.Module):
    def __init__(self, generator):
        super().__init__()
        self.layers = torch.nn.ModuleList(Layer(generator) for _ in range(LAYERS))
        self.norm = torch.nn.Parameter(1 + 0.1 * torch.randn(HIDDEN, generator=generator))
        head = torch.randn(VOCAB, HIDDEN, generator=generator) * 0.5
        # Control tokens always have the logit 0, which is never the highest: an answer goes on until it is ended.
        head[-len(SPECIAL) :] = 0
        self.head = torch.nn.Parameter(head)

    def forward(self, inputs_embeds, attention_mask, position_ids, *past):
        steps = torch.arange(0, HEAD, 2) / HEAD
        angles = position_ids.float()[:, None, :, None] * (10000.0**-steps)
        angles = torch.cat([angles, angles], -1)
        total = torch.arange(attention_mask.shape[1])
        # What comes later in the sequence, and what the attention mask leaves out, is not seen.
        seen = (total[None, :] <= position_ids[0][:, None]) & (attention_mask > 0)
        mask = torch.where(seen, torch.tensor(0.0), torch.tensor(-1e9))
        x, present = inputs_embeds, []
        for number, layer in enumerate(self.layers):
            key, value = past[2 * number], past[2 * number + 1]
            x, key, value = layer(x, angles.cos(), angles.sin(), mask, key, value)
            present += [key, value]
        return (normed(x, self.norm) @ self.head.T, *present)


class HalfEmbedding(torch.nn.Module):
    def __init__(self, embed):
        super().__init__()
        self.embed = embed

    def forward(self, input_ids):
        return self.embed(input_ids).half()


class HalfDecoder(torch.nn.Module):
    """The same decoder with half-precision embeddings, cache and logits at its doors."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, inputs_embeds, attention_mask, position_ids, *past):
        floats = [half.float() for half in past]
        outputs = self.decoder(inputs_embeds.float(), attention_mask, position_ids, *floats)
        return tuple(output.half() for output in outputs)


def model():
    generator = torch.Generator().manual_seed(7)
    embed = torch.nn.Embedding(VOCAB, HIDDEN)
    embed.weight = torch.nn.Parameter(torch.randn(VOCAB, HIDDEN, generator=generator))
    return embed.eval(), Decoder(generator).eval()


def nothing(length=0, dtype=torch.float32):
    return [torch.zeros(1, KV_HEADS, length, HEAD, dtype=dtype) for _ in range(2 * LAYERS)]


def export(folder, embed, decoder, end=""):
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    ids = torch.zeros(1, 3, dtype=torch.int64)
    rows = embed(ids)
    torch.onnx.export(
        embed,
        (ids,),
        os.path.join(folder, "onnx", f"embed_tokens{end}.onnx"),
        input_names=["input_ids"],
        output_names=["inputs_embeds"],
        dynamic_axes={"input_ids": {0: "batch", 1: "length"}, "inputs_embeds": {0: "batch", 1: "length"}},
        opset_version=14,
    )
    names = [f"{layer}.{part}" for layer in range(LAYERS) for part in ("key", "value")]
    past = [f"past_key_values.{name}" for name in names]
    present = [f"present.{name}" for name in names]
    axes = {name: {0: "batch", 1: "length"} for name in ("inputs_embeds", "position_ids", "logits")}
    axes["attention_mask"] = {0: "batch", 1: "total"}
    axes.update({name: {0: "batch", 2: "past"} for name in past})
    axes.update({name: {0: "batch", 2: "total"} for name in present})
    torch.onnx.export(
        decoder,
        (rows, torch.ones(1, 5, dtype=torch.int64), torch.tensor([[2, 3, 4]]), *nothing(2, rows.dtype)),
        os.path.join(folder, "onnx", f"decoder_model_merged{end}.onnx"),
        input_names=["inputs_embeds", "attention_mask", "position_ids", *past],
        output_names=["logits", *present],
        dynamic_axes=axes,
        opset_version=14,
    )


def descriptions():
    words = vocabulary()
    added = [
        {"id": len(words) + place, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for place, content in enumerate(SPECIAL)
    ]  # fmt: skip
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}
    return {
        "config.json": {
            "model_type": "llava",
            "image_token_index": IMAGE,
            "text_config": {
                "model_type": "qwen2", "hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "vocab_size": VOCAB,
                "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "max_position_embeddings": CONTEXT,
            },
        },
        "generation_config.json": {"eos_token_id": [len(words), len(words) + 2]},
        "tokenizer_config.json": {
            "tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
        },
        "tokenizer.json": {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
            "normalizer": {"type": "NFC"},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]},
            "post_processor": byte_level, "decoder": byte_level,
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False,
                "vocab": {word: place for place, word in enumerate(words)}, "merges": MERGES,
            },
        },
    }  # fmt: skip


def write(folder):
    embed, decoder = model()
    export(folder, embed, decoder)
    export(folder, HalfEmbedding(embed), HalfDecoder(decoder), "_fp16")
    for name, content in descriptions().items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
    with open(os.path.join(folder, "chat_template.jinja"), "w", encoding="utf-8") as file:
        file.write(TEMPLATE)


def logits_of(embed, decoder, ids, frames):
    rows = embed(torch.tensor([ids]))
    for frame in frames:
        rows[0, frame["at"] : frame["at"] + len(frame["rows"])] = torch.tensor(frame["rows"])
    count = len(ids)
    return decoder(rows, torch.ones(1, count, dtype=torch.int64), torch.arange(count)[None], *nothing())[0][0]


def judged(embed, decoder, case):
    ids, frames = list(case["ids"]), case.get("frames", [])
    logits = logits_of(embed, decoder, ids, frames)
    greedy = []
    for _ in range(case.get("generate", 0)):
        greedy.append(int(logits_of(embed, decoder, ids + greedy, frames)[-1].argmax()))
    return {"logits": logits.tolist(), "greedy": greedy}


def main():
    torch.set_num_threads(1)
    with torch.no_grad():
        write(sys.argv[1])
        print("ready", flush=True)
        embed, decoder = model()
        for line in sys.stdin:
            print(json.dumps(judged(embed, decoder, json.loads(line))), flush=True)


main()
