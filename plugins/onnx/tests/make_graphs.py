#!/usr/bin/env python3
"""Makes tests/graphs: graphs of a few nodes whose results a test can work out by hand, with inputs and outputs called as those of the
real models are.

Run with onnx 1.23:   make_graphs.py
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

OUT = pathlib.Path(__file__).parent / "graphs"
OUT.mkdir(exist_ok=True)
F = T.FLOAT


def save(name, inputs, outputs, nodes, weights=(), domains=()):
    info = lambda edges: [h.make_tensor_value_info(*edge) for edge in edges]
    weights = [nh.from_array(np.asarray(value), name) for name, value in weights]
    graph = h.make_graph([h.make_node(op, i.split(), o.split(), **a) for op, i, o, a in nodes], name, info(inputs), info(outputs), weights)
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 13)] + [h.make_opsetid(d, 1) for d in domains])
    model.ir_version = 8
    onnx.save(model, OUT / f"{name}.onnx")


f32 = lambda *values: np.array(values, np.float32)
i64 = lambda *values: np.array(values, np.int64)

# probability = sigmoid(40 mean |x| - 4 + mean state), the state is half of what it was, plus mean |x|.
VAD = [
    ("Abs", "input", "a", {}),
    ("ReduceMean", "a", "level", dict(axes=[1], keepdims=1)),
    ("ReduceMean", "state", "memory", dict(axes=[0, 2], keepdims=0)),
    ("Mul", "level forty", "l", {}),
    ("Sub", "l four", "m", {}),
    ("Add", "m memory", "n", {}),
    ("Sigmoid", "n", "output", {}),
    ("Mul", "state half", "s", {}),
    ("Add", "s level", "stateN", {}),
]
WEIGHTS = [("forty", f32(40.0)), ("four", f32(4.0)), ("half", f32(0.5))]
EDGES = [("input", F, ["batch", "samples"]), ("state", F, [2, "batch", 128]), ("sr", T.INT64, [])]
GIVEN = [("output", F, ["batch", 1]), ("stateN", F, [2, "batch", 128])]
save("vad", EDGES, GIVEN, VAD, WEIGHTS)
# One that needs what only one runtime has, one with an operator that nobody has, one with other names.
save("foreign", EDGES, GIVEN, VAD[:-1] + [("FusedMatMul", "s level", "stateN", dict(domain="com.microsoft"))], WEIGHTS, ["com.microsoft"])
save("unknown", EDGES, GIVEN, VAD[:-1] + [("Frobnicate", "s level", "stateN", {})], WEIGHTS)
save("renamed", [("sound", F, ["batch", "samples"])], [("speech", F, ["batch", "samples"])], [("Abs", "sound", "speech", {})])

# Mean of each band over three frames; as it is, and of length 1.
save("tags", [("mel", F, ["n", 3, 2])], [("tags", F, ["n", 2])], [("ReduceMean", "mel", "tags", dict(axes=[1], keepdims=0))])
save("embed", [("mels", F, ["n", 2, 3])], [("embed", F, ["n", 2])], [
    ("ReduceMean", "mels", "mean", dict(axes=[2], keepdims=0)),
    ("ReduceL2", "mean", "length", dict(axes=[1], keepdims=1)),
    ("Div", "mean length", "embed", {})])
# The largest, the smallest and the mean of four samples.
save("scores", [("input_1", F, ["n", 4])], [("Identity:0", F, ["n", 3])], [
    ("ReduceMax", "input_1", "a", dict(axes=[1], keepdims=1)),
    ("ReduceMin", "input_1", "b", dict(axes=[1], keepdims=1)),
    ("ReduceMean", "input_1", "c", dict(axes=[1], keepdims=1)),
    ("Concat", "a b c", "Identity:0", dict(axis=1))])
# A hundredth of each token, twice, and chance as large as the first scale says.
save("piper", [("input", T.INT64, ["batch", "phonemes"]), ("input_lengths", T.INT64, ["batch"]), ("scales", F, [3])],
     [("output", F, ["batch", "time", 1, "samples"])], [
    ("Cast", "input", "tokens", dict(to=F)),
    ("Div", "tokens hundred", "levels", {}),
    ("Concat", "levels levels", "twice", dict(axis=1)),
    ("RandomNormalLike", "twice", "chance", dict(mean=0.0, scale=1.0)),
    ("Slice", "scales zero one", "noise", {}),
    ("Mul", "chance noise", "loud", {}),
    ("Add", "twice loud", "sum", {}),
    ("Unsqueeze", "sum places", "output", {})],
     [("hundred", f32(100.0)), ("zero", i64(0)), ("one", i64(1)), ("places", i64(1, 2))])
# A hundredth of each token, and the first of the style's numbers. A node has the name of what comes out of it, as in the real one.
save("kokoro", [("tokens", T.INT64, [1, "n"]), ("style", F, [1, 256]), ("speed", F, [1])], [("audio", F, ["samples"])], [
    ("Cast", "tokens", "t", dict(to=F)),
    ("Div", "t hundred", "levels", {}),
    ("Slice", "style zero one columns", "first", {}),
    ("Concat", "levels first", "all", dict(axis=1)),
    ("Div", "all speed", "fast", dict(name="fast")),
    ("Squeeze", "fast rows", "audio", {})],
     [("hundred", f32(100.0)), ("zero", i64(0)), ("one", i64(1)), ("columns", i64(1)), ("rows", i64(0))])
# Of the shape of musicnn's, with weights by chance.
chance = np.random.default_rng(1)
save("musicnn", [("mel", F, ["n", 187, 96])], [("tags", F, ["n", 50])], [
    ("ReduceMean", "mel", "mean", dict(axes=[1], keepdims=0)),
    ("MatMul", "mean weights", "scores", {}),
    ("Sigmoid", "scores", "tags", {})],
     [("weights", chance.normal(0, 0.1, (96, 50)).astype(np.float32))])
# Half of every bin.
save("gains", [("input", F, ["batch", "frames", 3])], [("output", F, ["batch", "frames", 3])], [
    ("Mul", "input zero", "nothing", {}),
    ("Add", "nothing half", "output", {})], [("zero", f32(0.0)), ("half", f32(0.5))])
