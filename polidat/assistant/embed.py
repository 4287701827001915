"""Texts as vectors: all-MiniLM-L6-v2 in int8, from the files beside this one, with no network."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
_PIECES_MAX = 256
_BATCH = 32


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return one L2-normalised row of 384 numbers for each text; a text counts up to 256 word pieces."""
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for start in range(0, len(by_length), _BATCH):
        places = by_length[start : start + _BATCH]
        vectors[places] = _embed_batch([texts[place] for place in places])
    return vectors


def _embed_batch(texts: Sequence[str]) -> NDArray[np.float32]:
    model, tokenizer = _model()
    encoded = tokenizer.encode_batch(list(texts))
    ids = np.array([each.ids for each in encoded], dtype=np.int64)
    mask = np.array([each.attention_mask for each in encoded], dtype=np.int64)
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    wanted = {each.name for each in model.get_inputs()}
    output: NDArray[np.float32] = model.run(None, {name: each for name, each in given.items() if name in wanted})[0]
    if output.ndim == 3:
        weights = mask[:, :, None].astype(np.float32)
        output = (output * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return output / np.maximum(np.linalg.norm(output, axis=1, keepdims=True), 1e-9)


@cache
def _model() -> tuple[Any, Any]:
    """The session and the tokenizer, loaded at the first text; both may be used by several threads."""
    import onnxruntime
    from tokenizers import Tokenizer

    folder = files("polidat.assistant") / "models" / "minilm-l6-v2-int8"
    runtime: Any = onnxruntime  # it ships no types
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 2
    model = runtime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(_PIECES_MAX)
    tokenizer.enable_padding()
    return model, tokenizer
