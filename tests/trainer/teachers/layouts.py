"""Weights in the layouts that others publish: names, sizes and nesting as in their files, values made up.

A tensor's values depend on its name only, so the same network, run once by its authors' own code on :func:`melody`,
gave the numbers in test_foreign.py.
"""

import zlib

import numpy as np
import torch

RATE_HZ = 48_000


def melody(seconds=3.0):
    """A gliding tone that swells three times a second, over noise."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    tone = 0.3 * np.sin(2.0 * np.pi * (200.0 + 300.0 * t) * t) * (0.5 + 0.5 * np.sin(2.0 * np.pi * 3.0 * t))
    return (tone + np.random.default_rng(7).normal(0.0, 0.02, t.size)).astype(np.float32)


def made_up(name, shape):
    """Values of a tensor."""
    if name.endswith("num_batches_tracked"):
        return torch.zeros((), dtype=torch.int64)
    values = np.random.default_rng(zlib.crc32(name.encode())).normal(0.0, 0.1, shape).astype(np.float32)
    if "norm" in name and name.endswith("weight"):
        values += 1.0
    if name.endswith(("running_var", "weight_g")):
        values = np.abs(values) + 1.0
    return torch.from_numpy(values)


def layer(prefix, width, *, biased):
    """A layer of ATST-Frame or Dasheng: name -> sizes."""
    sizes = {
        "norm1.weight": (width,),
        "norm1.bias": (width,),
        "attn.qkv.weight": (3 * width, width),
        "attn.proj.weight": (width, width),
        "attn.proj.bias": (width,),
        "norm2.weight": (width,),
        "norm2.bias": (width,),
        "mlp.fc1.weight": (4 * width, width),
        "mlp.fc1.bias": (4 * width,),
        "mlp.fc2.weight": (width, 4 * width),
        "mlp.fc2.bias": (width,),
    }
    if biased:
        sizes["attn.qkv.bias"] = (3 * width,)
    return {f"{prefix}{name}": size for name, size in sizes.items()}


def filled(sizes):
    return {name: made_up(name, size) for name, size in sizes.items()}


def atst_encoder(width=64, layers=2):
    sizes = {
        "mask_embed": (1, 1, width),
        "pos_embed": (1, 251, width),
        "patch_embed.patch_embed.weight": (width, 256),
        "patch_embed.patch_embed.bias": (width,),
        "norm_frame.weight": (width,),
        "norm_frame.bias": (width,),
    }
    for number in range(layers):
        sizes |= layer(f"blocks.{number}.", width, biased=False)
    return filled(sizes)


def atst_checkpoint(**settings):
    """As Lightning saves it: the student and the heads are in it too."""
    encoder = atst_encoder()
    state = {f"model.teacher.encoder.{name}": value for name, value in encoder.items()}
    state |= {f"model.student.encoder.{name}": 2.0 * value for name, value in encoder.items()}
    state["model.teacher.projector.0.weight"] = torch.zeros(8, 64)
    said = {"arch": "small", "symmetric": True, "pos_type": "cut", "avg_blocks": 0, "patch_embed": "Linear"}
    return {"epoch": 3, "global_step": 100, "state_dict": state, "hyper_parameters": {**said, **settings}}


def dasheng_model(width=64, layers=2):
    sizes = {
        "time_pos_embed": (1, width, 1, 252),
        "freq_pos_embed": (1, width, 1, 1),
        "init_bn.1.weight": (64,),
        "init_bn.1.bias": (64,),
        "init_bn.1.running_mean": (64,),
        "init_bn.1.running_var": (64,),
        "init_bn.1.num_batches_tracked": (),
        "patch_embed.proj.weight": (width, 1, 64, 4),
        "patch_embed.proj.bias": (width,),
        "norm.weight": (width,),
        "norm.bias": (width,),
    }
    for number in range(layers):
        sizes |= layer(f"blocks.{number}.", width, biased=True)
    return filled(sizes)


def dasheng_checkpoint():
    front = {"front_end.0.spectrogram.window": torch.ones(512), "front_end.0.mel_scale.fb": torch.ones(257, 64)}
    return {"model": {**dasheng_model(), **front}, "config": {"num_heads": 2, "embed_dim": 64, "depth": 2}}


BEATS_SETTINGS = {
    "input_patch_size": 16,
    "embed_dim": 32,
    "conv_bias": False,
    "encoder_layers": 2,
    "encoder_embed_dim": 64,
    "encoder_ffn_embed_dim": 96,
    "encoder_attention_heads": 4,
    "activation_fn": "gelu",
    "layer_norm_first": False,
    "deep_norm": True,
    "dropout": 0.0,
    "conv_pos": 128,
    "conv_pos_groups": 16,
    "relative_position_embedding": True,
    "num_buckets": 320,
    "max_distance": 800,
    "gru_rel_pos": True,
    "finetuned_model": False,
}


def beats_model():
    sizes = {
        "post_extract_proj.weight": (64, 32),
        "post_extract_proj.bias": (64,),
        "patch_embedding.weight": (32, 1, 16, 16),
        "layer_norm.weight": (32,),
        "layer_norm.bias": (32,),
        "encoder.pos_conv.0.bias": (64,),
        "encoder.pos_conv.0.weight_g": (1, 1, 128),
        "encoder.pos_conv.0.weight_v": (64, 4, 128),
        "encoder.layer_norm.weight": (64,),
        "encoder.layer_norm.bias": (64,),
    }
    for number in range(2):
        root = f"encoder.layers.{number}."
        for each in ("k_proj", "v_proj", "q_proj", "out_proj"):
            sizes |= {f"{root}self_attn.{each}.weight": (64, 64), f"{root}self_attn.{each}.bias": (64,)}
        sizes |= {
            f"{root}self_attn.grep_linear.weight": (8, 16),
            f"{root}self_attn.grep_linear.bias": (8,),
            f"{root}self_attn.grep_a": (1, 4, 1, 1),
            f"{root}fc1.weight": (96, 64),
            f"{root}fc1.bias": (96,),
            f"{root}fc2.weight": (64, 96),
            f"{root}fc2.bias": (64,),
        }
        for each in ("self_attn_layer_norm", "final_layer_norm"):
            sizes |= {f"{root}{each}.weight": (64,), f"{root}{each}.bias": (64,)}
    tensors = filled(sizes)
    shared = made_up("encoder.layers.0.self_attn.relative_attention_bias.weight", (320, 4))
    tensors |= {f"encoder.layers.{number}.self_attn.relative_attention_bias.weight": shared for number in range(2)}
    return tensors


def beats_checkpoint(**settings):
    return {"cfg": {**BEATS_SETTINGS, **settings}, "model": beats_model()}
