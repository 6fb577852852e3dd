"""The transformer that ATST-Frame and Dasheng share: layers named and sized as in their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

EPSILON: Final = 1e-6  #: of layer norms
HEAD: Final = 64  #: channels of a head where a file does not say


class Layer(nn.Module):
    """Attention and MLP, each after a layer norm and added."""

    def __init__(self, width: int, heads: int, *, biased: bool) -> None:
        """``biased``: queries, keys and values have a bias."""
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, EPSILON), nn.LayerNorm(width, EPSILON)
        self.attn, self.mlp = Attention(width, heads, biased=biased), Mlp(width)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, patches, width] -> the same."""
        x = x + self.attn(self.norm1(x))
        out: Tensor = x + self.mlp(self.norm2(x))
        return out


class Attention(nn.Module):
    """Every patch to every patch."""

    def __init__(self, width: int, heads: int, *, biased: bool) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width, bias=biased), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, patches, width] -> the same."""
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1)
        )
        found = functional.scaled_dot_product_attention(query, key, value)
        out: Tensor = self.proj(found.transpose(1, 2).flatten(2))
        return out


class Mlp(nn.Module):
    """Four times as wide inside, GELU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """[..., width] -> the same."""
        out: Tensor = self.fc2(functional.gelu(self.fc1(x)))
        return out


def layers_in(names: list[str], prefix: str = "blocks.") -> int:
    """How many layers these names of tensors speak of."""
    numbers = {name.removeprefix(prefix).partition(".")[0] for name in names if name.startswith(prefix)}
    return 1 + max((int(number) for number in numbers if number.isdigit()), default=-1)


def pieces(rows: Tensor, length: int) -> list[Tensor]:
    """[rows, ...] in pieces of at most ``length`` rows, as long as a network was taught."""
    return [rows[at : at + length] for at in range(0, len(rows), length)]
