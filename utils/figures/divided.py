"""Two pictures in one place, and a divider to drag between them."""

import base64
import html
import io

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

MIDDLE = 50  # percent
MOVE = (
    "const cut=this.previousElementSibling.lastElementChild;"
    "cut.style.clipPath='inset(0 '+(100-this.value)+'% 0 0)'"
)
LAYER = "position:absolute;left:0;top:0;width:100%;height:100%;"


class Divided:
    """`before` left of a divider, `after` right of it, as the last value of a cell.

    The divider needs no kernel. Where HTML is not shown a still picture stands, half and half.
    `width` is in pixels of the page; the pictures are enlarged to it, (rgb, h, w) in [0, 1].
    """

    def __init__(
        self,
        before: Float[Tensor, "rgb h w"],
        after: Float[Tensor, "rgb h w"],
        alt: str,
        *,
        width: int = 640,
    ) -> None:
        self.before, self.after = _pixels(before), _pixels(after)
        self.alt, self.width = alt, width

    def __repr__(self) -> str:
        return self.alt

    def still(self) -> UInt8[np.ndarray, "h w rgb"]:
        """The left half of the one beside the right half of the other."""
        half = self.before.shape[1] * MIDDLE // 100
        return np.concatenate([self.before[:, :half], self.after[:, half:]], axis=1)

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        image = 'style="width:100%;display:block" src="data:image/webp;base64,'
        alt = html.escape(self.alt)
        page = (
            f'<div style="max-width:{self.width}px">'
            '<div style="position:relative">'
            f'<img alt="{alt}" {image}{_encoded(self.after, "WEBP", quality=90)}">'
            f'<div style="{LAYER}clip-path:inset(0 {100 - MIDDLE}% 0 0)">'
            f'<img alt="" {image}{_encoded(self.before, "WEBP", quality=90)}"></div></div>'
            f'<input type="range" min="0" max="100" value="{MIDDLE}" style="width:100%"'
            ' data-lm-suppress-shortcuts="true" aria-label="Divider between before and after"'
            f' oninput="{MOVE}"></div>'
        )
        still = _encoded(self.still(), "JPEG", quality=85)
        return {"image/jpeg": still, "text/html": page, "text/plain": self.alt}


def _pixels(picture: Float[Tensor, "rgb h w"]) -> UInt8[np.ndarray, "h w rgb"]:
    return (picture.detach().cpu().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()


def _encoded(pixels: UInt8[np.ndarray, "h w rgb"], kind: str, **how: object) -> str:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **how)
    return base64.b64encode(stream.getvalue()).decode()
