#!/usr/bin/env python3
"""Write a tiny gpt-oss model with random weights as a GGUF file.  Needs Python's standard library only.

    make_tiny_gptoss.py VOCAB.tiktoken OUT.gguf [--template FILE.jinja] [--seed N] [--chain]

VOCAB is o200k_base in tiktoken's form (base64 and rank, one token a line), or the word `library`: then the bytes of
the tokens are asked of the installed openai_harmony.  The file has everything a real gpt-oss GGUF has: two layers (one
with a sliding window), sinks, biases, four experts of which two are used, in MXFP4, 201,088 tokens, all 446,189 merges,
special tokens with their types, the chat template.  Only the sizes are small.

--chain solves the last matrix for a table of which token follows which, instead of noise: the model then writes
harmony by itself, without a grammar.  It has no memory, so it mixes up what belongs together (a call without JSON), and
it leaves the format the more often the higher the temperature is, if nothing but the temperature shapes the sampling
("samplers": ["temperature"]): about 0.3 % of the tokens are random ones at 1.0, 2 % at 1.1, 6 % at 1.2.
"""

import argparse
import array
import base64
import math
import pathlib
import random
import struct

ap = argparse.ArgumentParser()
ap.add_argument("vocab")
ap.add_argument("out", type=pathlib.Path)
ap.add_argument("--template", type=pathlib.Path)
ap.add_argument("--seed", type=int, default=1)
ap.add_argument("--chain", action="store_true")
args = ap.parse_args()
rnd = random.Random(args.seed)

# --- vocabulary ------------------------------------------------------------------------------------------------------
N_TEXT, N_VOCAB = 199_998, 201_088
if args.vocab == "library":
    from openai_harmony import load_harmony_encoding

    enc = load_harmony_encoding("HarmonyGptOss")
    tokens = [bytes(enc.decode_bytes([i])) for i in range(N_TEXT)]
else:
    tokens = [base64.b64decode(line.split()[0]) for line in open(args.vocab, "rb") if line.strip()]
assert len(tokens) == N_TEXT
rank = {t: i for i, t in enumerate(tokens)}

printable = [*range(33, 127), *range(161, 173), *range(174, 256)]  # GPT-2's bytes as characters
byte_char = {b: chr(b) for b in printable}
for i, b in enumerate(b for b in range(256) if b not in byte_char):
    byte_char[b] = chr(256 + i)
table = [byte_char[b] for b in range(256)]


def text(t):
    return "".join([table[b] for b in t])


SPECIAL = {
    199998: "startoftext",
    199999: "endoftext",
    200002: "return",
    200003: "constrain",
    200005: "channel",
    200006: "start",
    200007: "end",
    200008: "message",
    200012: "call",
    200018: "endofprompt",
}
NORMAL, CONTROL, UNUSED = 1, 3, 5
names = [text(t) for t in tokens]
types = [NORMAL] * N_TEXT
for i in range(N_TEXT, N_VOCAB):
    if i <= 200018:
        names.append(f"<|{SPECIAL.get(i, f'reserved_{i}')}|>")
        types.append(CONTROL)
    else:
        names.append(f"[PAD{i}]")
        types.append(UNUSED)

merges = []  # all ways in which a token is two tokens, as the converters write them
for t in tokens:
    if len(t) > 1:
        splits = []
        for k in range(1, len(t)):
            a = rank.get(t[:k])
            if a is not None:
                b = rank.get(t[k:])
                if b is not None:
                    splits.append((a, b))
        merges += [f"{names[a]} {names[b]}" for a, b in sorted(splits)]

# --- sizes -----------------------------------------------------------------------------------------------------------
D, HEAD, N_HEAD, N_KV, LAYERS, EXPERTS, USED, FF = 64, 64, 4, 2, 2, 4, 2, 64
U32, F32, BOOL, STR, ARR, U64, I32 = 4, 6, 7, 8, 9, 10, 5
meta = []


def s(x):
    x = x.encode()
    return struct.pack("<Q", len(x)) + x


def kv(key, kind, value):
    meta.append(
        s(key)
        + struct.pack("<I", kind)
        + (s(value) if kind == STR else struct.pack({U32: "<I", F32: "<f", BOOL: "<?"}[kind], value))
    )


def kv_strings(key, values):
    meta.append(s(key) + struct.pack("<IIQ", ARR, STR, len(values)) + b"".join([s(v) for v in values]))


def kv_ints(key, values):
    meta.append(s(key) + struct.pack("<IIQ", ARR, I32, len(values)) + array.array("i", values).tobytes())


kv("general.architecture", STR, "gpt-oss")
kv("general.type", STR, "model")
kv("general.name", STR, "tiny random gpt-oss")
for key, kind, value in [
    ("block_count", U32, LAYERS),
    ("context_length", U32, 131072),
    ("embedding_length", U32, D),
    ("feed_forward_length", U32, FF),
    ("attention.head_count", U32, N_HEAD),
    ("attention.head_count_kv", U32, N_KV),
    ("rope.freq_base", F32, 150000.0),
    ("attention.layer_norm_rms_epsilon", F32, 1e-5),
    ("expert_count", U32, EXPERTS),
    ("expert_used_count", U32, USED),
    ("attention.key_length", U32, HEAD),
    ("attention.value_length", U32, HEAD),
    ("attention.sliding_window", U32, 128),
    ("expert_feed_forward_length", U32, FF),
    ("rope.scaling.type", STR, "yarn"),
    ("rope.scaling.factor", F32, 32.0),
    ("rope.scaling.original_context_length", U32, 4096),
    ("rope.scaling.yarn_beta_fast", F32, 32.0),
    ("rope.scaling.yarn_beta_slow", F32, 1.0),  # mistral.rs asks for them
]:
    kv("gpt-oss." + key, kind, value)
kv("general.file_type", U32, 38)
kv("general.quantization_version", U32, 2)
kv("tokenizer.ggml.model", STR, "gpt2")
kv("tokenizer.ggml.pre", STR, "gpt-4o")
kv_strings("tokenizer.ggml.tokens", names)
kv_ints("tokenizer.ggml.token_type", types)
kv_strings("tokenizer.ggml.merges", merges)
kv("tokenizer.ggml.bos_token_id", U32, 199998)
kv("tokenizer.ggml.eos_token_id", U32, 200002)
kv("tokenizer.ggml.padding_token_id", U32, 199999)
if args.template:
    kv("tokenizer.chat_template", STR, args.template.read_text())

# --- weights ---------------------------------------------------------------------------------------------------------
T_F32, T_Q8_0, T_MXFP4 = 0, 8, 39
infos, blobs, offset = [], [], 0


def tensor(name, shape, kind, data):  # shape in ggml's order: the innermost dimension first
    global offset
    infos.append(
        s(name)
        + struct.pack("<I", len(shape))
        + struct.pack(f"<{len(shape)}Q", *shape)
        + struct.pack("<IQ", kind, offset)
    )
    data += bytes(-len(data) % 32)
    blobs.append(data)
    offset += len(data)


def count(shape):
    n = 1
    for x in shape:
        n *= x
    return n


def noise(name, shape, std):
    tensor(name, shape, T_F32, array.array("f", [rnd.gauss(0, std) for _ in range(count(shape))]).tobytes())


def ones(name, shape):
    tensor(name, shape, T_F32, array.array("f", [1.0] * count(shape)).tobytes())


def mxfp4(name, shape, exponent):  # random nibbles; block of 32: one exponent (2**(e-127)), 16 bytes
    n = count(shape) // 32
    tensor(name, shape, T_MXFP4, b"".join([bytes([exponent]) + rnd.randbytes(16) for _ in range(n)]))


def q8(name, rows, scale):  # rows of D int8 each; one scale for all of them
    d = struct.pack("<e", scale)
    tensor(name, (D, len(rows) // D), T_Q8_0, b"".join([d + rows[i : i + 32] for i in range(0, len(rows), 32)]))


def chain_rows(embedding):
    """Rows of the last matrix such that each token of the table gives its followers' logits; all others get 0."""
    sp = {v: k for k, v in SPECIAL.items()}

    def t(x):
        if isinstance(x, str) and x.startswith("<|"):
            return sp[x[2:-2]]
        return rank[x if isinstance(x, bytes) else x.encode()]

    follow = {}

    def edge(cur, nxt, p):
        follow.setdefault(t(cur), {})[t(nxt)] = p

    def path(*xs):
        for x, y in zip(xs, xs[1:]):
            edge(x, y, 1.0)

    path("<|end|>", "<|start|>", "assistant", "<|channel|>")
    for name, p in (("analysis", 0.45), ("comment", 0.25), ("final", 0.3)):
        edge("<|channel|>", name, p)
    path("analysis", "<|message|>")
    path("final", "<|message|>")
    path("comment", "ary")
    edge("ary", " to", 0.8)
    edge("ary", "<|message|>", 0.2)
    path(" to", "=", "functions", ".get", "_weather")
    edge("_weather", " ", 0.9)
    edge("_weather", "<|message|>", 0.1)
    path(" ", "<|constrain|>", "json", "<|message|>")
    starts, words = (
        ["The", "We", "It", "日本"],
        [" weather", " is", " fine", ",", " the", " user", " asks", " é", "语", "42", ".", " 👍"],
    )
    llama = "🦙".encode()  # three tokens, none of them text by itself
    path(b" " + llama[:2], llama[2:3], llama[3:])
    for x in starts:
        edge("<|message|>", x, 0.8 / len(starts))
    edge("<|message|>", '{"', 0.2)
    path('{"', "city", '":', ' "', "Rome", '"}', "<|call|>")
    for x in [*starts, *words, llama[3:]]:
        for y in words:
            edge(x, y, 0.8 / len(words))
        edge(x, b" " + llama[:2], 0.05)
        edge(x, "<|end|>", 0.09)
        edge(x, "<|return|>", 0.05)
        edge(x, "<|call|>", 0.01)

    cur = list(follow)
    unit = []
    for c in cur:  # the output of the last norm when the model has read c: its embedding, scaled to a mean square of 1
        row = array.array("b", embedding[c * D : (c + 1) * D])
        rms = math.sqrt(sum(x * x for x in row) / D)
        unit.append([x / rms for x in row])
    n = len(cur)
    m = [
        [sum(x * y for x, y in zip(unit[i], unit[j])) for j in range(n)] + [float(i == j) for j in range(n)]
        for i in range(n)
    ]
    for i in range(n):  # the inverse of the Gram matrix
        p = max(range(i, n), key=lambda r: abs(m[r][i]))
        m[i], m[p] = m[p], m[i]
        f = m[i][i]
        m[i] = [x / f for x in m[i]]
        for r in range(n):
            if r != i and m[r][i]:
                f = m[r][i]
                m[r] = [x - f * y for x, y in zip(m[r], m[i])]
    dual = [[sum(m[i][n + j] * unit[j][d] for j in range(n)) for d in range(D)] for i in range(n)]
    rows = {}
    for i, c in enumerate(cur):
        for u, p in follow[c].items():
            w = rows.setdefault(u, [0.0] * D)
            logit = 18 + math.log(p)
            for d in range(D):
                w[d] += logit * dual[i][d]
    scale = max(abs(x) for w in rows.values() for x in w) / 127
    out = bytearray(N_VOCAB * D)
    for u, w in rows.items():
        out[u * D : (u + 1) * D] = array.array("b", [round(x / scale) for x in w]).tobytes()
    return bytes(out), scale


embedding = rnd.randbytes(N_VOCAB * D)  # int8, evenly spread: standard deviation 74
if args.chain:
    (output, out_scale), quiet = chain_rows(embedding), 0.01
else:
    output, out_scale, quiet = rnd.randbytes(N_VOCAB * D), 0.04 / 74, 1.0
q8("token_embd.weight", embedding, 1.0 / 74)
for i in range(LAYERS):
    b = f"blk.{i}."
    ones(b + "attn_norm.weight", (D,))
    ones(b + "post_attention_norm.weight", (D,))
    for x, n in (("q", N_HEAD), ("k", N_KV), ("v", N_KV)):
        noise(b + f"attn_{x}.weight", (D, n * HEAD), 0.1)
        noise(b + f"attn_{x}.bias", (n * HEAD,), 0.02)
    noise(b + "attn_output.weight", (N_HEAD * HEAD, D), 0.06 * quiet)
    noise(b + "attn_output.bias", (D,), 0.02 * quiet)
    noise(b + "attn_sinks.weight", (N_HEAD,), 1.0)
    noise(b + "ffn_gate_inp.weight", (D, EXPERTS), 0.1)
    noise(b + "ffn_gate_inp.bias", (EXPERTS,), 0.1)
    for x, shape in (("gate", (D, FF)), ("up", (D, FF)), ("down", (FF, D))):
        mxfp4(b + f"ffn_{x}_exps.weight", (*shape, EXPERTS), 127 - (5 if x != "down" or quiet == 1.0 else 9))
        noise(b + f"ffn_{x}_exps.bias", (shape[1], EXPERTS), 0.02 * (quiet if x == "down" else 1))
ones("output_norm.weight", (D,))
q8("output.weight", output, out_scale)

head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(meta)) + b"".join(meta) + b"".join(infos)
with open(args.out, "wb") as f:
    f.write(head + bytes(-len(head) % 32))
    for b in blobs:
        f.write(b)
print(f"{args.out.name}: {args.out.stat().st_size / 1e6:.1f} MB, {len(infos)} tensors, {len(merges)} merges")
