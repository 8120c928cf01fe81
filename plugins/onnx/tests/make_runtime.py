#!/usr/bin/env python3
"""Makes tests/runtime: a graph with operators that only ONNX Runtime has, and what it makes of three frames.

Run with onnx 1.23 and onnxruntime 1.31:   make_runtime.py
"""
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

OUT = pathlib.Path(__file__).parent / "runtime"
OUT.mkdir(exist_ok=True)
chance = np.random.default_rng(0)
FRAMES, BANDS, HIDDEN = 3, 4, 2
MS = "com.microsoft"

weights, nodes = [], []


def held(name, values):
    weights.append(nh.from_array(np.asarray(values), name))
    return name


def real(name, *shape):
    return held(name, chance.normal(size=shape).astype(np.float32))


def node(operator, inputs, outputs, **attributes):
    nodes.append(h.make_node(operator, inputs, outputs, **attributes))


eight = lambda name, *shape: held(name, chance.integers(0, 256, shape).astype(np.uint8))
scale = lambda name, *shape: held(name, chance.uniform(0.005, 0.01, shape).astype(np.float32))
zero = lambda name, *shape: held(name, chance.integers(100, 156, shape).astype(np.uint8))

# (1, bands, frames) times (1, bands, bands), the first turned, twice as much.
node("FusedMatMul", ["mel", real("a", 1, BANDS, BANDS)], ["product"], domain=MS, transA=1, alpha=2.0)
node("FastGelu", ["product", real("b", BANDS)], ["gelu"], domain=MS)
node("SkipLayerNormalization", ["gelu", "product", real("gamma", BANDS), real("beta", BANDS), real("c", BANDS)],
     ["normal", "", "", "sum"], domain=MS, epsilon=1e-3)
node("Add", ["normal", "sum"], ["both"])
node("Transpose", ["both"], ["steps"], perm=[1, 0, 2])
gates = 4 * HIDDEN
node("DynamicQuantizeLSTM",
     ["steps", eight("w", 2, BANDS, gates), eight("r", 2, HIDDEN, gates), real("bias", 2, 2 * gates), "", "", "", "",
      scale("ws", 2), zero("wz", 2), scale("rs", 2), zero("rz", 2)],
     ["all", "last", "cell"], domain=MS, hidden_size=HIDDEN, direction="bidirectional")
node("Reshape", ["last", held("shape", np.array([1, 2 * HIDDEN], np.int64))], ["tags"])

graph = h.make_graph(
    nodes, "runtime", [h.make_tensor_value_info("mel", T.FLOAT, [1, BANDS, FRAMES])],
    [h.make_tensor_value_info("tags", T.FLOAT, [1, 2 * HIDDEN])], weights)
model = h.make_model(graph, opset_imports=[h.make_opsetid("", 20), h.make_opsetid(MS, 1)])
model.ir_version = 9
onnx.save(model, OUT / "graph.onnx")
mel = (np.arange(FRAMES * BANDS).reshape(FRAMES, BANDS) / 10).astype(np.float32)
tags = onnxruntime.InferenceSession(OUT / "graph.onnx").run(["tags"], {"mel": mel.T[None]})[0]
print(tags)
