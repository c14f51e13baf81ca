"""Pictures of the demo products, drawn: package by category, colour by brand, a label with brand and size.

Deterministic and free of any font or photograph of others. Coordinates are percent of the picture.
"""

import colorsys
import io
import unicodedata
import zlib
from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from .data import CATEGORIAS, Producto

SIZE = 256
_SCALE = 2  # drawn twice as large and reduced, which smooths every edge

Colour = tuple[int, int, int]
_WHITE: Colour = (255, 255, 255)


def _hsv(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


@lru_cache(maxsize=64)
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


class Pen:
    """Draws on one picture in percent, in the three tones of a brand."""

    def __init__(self, image: Image.Image, hue: float) -> None:
        self._draw = ImageDraw.Draw(image)
        self._unit = image.width / 100
        self.main, self.dark, self.light = _hsv(hue, 0.62, 0.80), _hsv(hue, 0.70, 0.58), _hsv(hue, 0.30, 0.95)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour, radius: float = 0) -> None:
        self._draw.rounded_rectangle([v * self._unit for v in (x0, y0, x1, y1)], radius * self._unit, fill)

    def oval(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        self._draw.ellipse([v * self._unit for v in (x0, y0, x1, y1)], fill)

    def shape(self, fill: Colour, *points: tuple[float, float]) -> None:
        self._draw.polygon([(x * self._unit, y * self._unit) for x, y in points], fill)

    def text(self, x: float, y: float, words: str, size: float, fill: Colour, width: float) -> None:
        """Centred text, reduced until it fits that width."""
        font = _font(size * self._unit)
        long = self._draw.textlength(words, font)
        if long > width * self._unit:
            font = _font(size * self._unit * width * self._unit / long // 1)
        self._draw.text((x * self._unit, y * self._unit), words, fill, font, anchor="mm")


def _bag(pen: Pen) -> None:
    pen.shape(pen.main, (28, 22), (72, 22), (76, 84), (24, 84))
    pen.box(27, 17, 73, 25, pen.dark, 2)


def _bottle(pen: Pen) -> None:
    pen.box(44, 12, 56, 20, pen.dark, 2)
    pen.shape(pen.light, (45, 20), (55, 20), (66, 38), (34, 38))
    pen.box(34, 36, 66, 86, pen.main, 5)


def _carton(pen: Pen) -> None:
    pen.box(30, 34, 70, 86, pen.main)
    pen.shape(pen.light, (30, 34), (70, 34), (62, 20), (38, 20))
    pen.box(38, 14, 62, 21, pen.dark)


def _loaf(pen: Pen) -> None:
    for x in (22, 36, 50):
        pen.oval(x, 24, x + 28, 52, pen.dark)
    pen.box(22, 38, 78, 82, pen.main, 6)


def _tray(pen: Pen) -> None:
    pen.box(16, 36, 84, 82, pen.light, 10)
    pen.oval(24, 28, 76, 66, pen.main)
    pen.oval(32, 34, 48, 48, pen.dark)


def _fruit(pen: Pen) -> None:
    pen.oval(24, 30, 60, 84, pen.main)
    pen.oval(40, 30, 76, 84, pen.main)
    pen.box(48, 18, 52, 36, pen.dark, 1)
    pen.oval(52, 14, 74, 26, _hsv(0.33, 0.6, 0.65))


def _pillow(pen: Pen) -> None:
    pen.box(24, 20, 76, 86, pen.main, 6)
    for x in range(24, 76, 4):
        for y, tip in ((20, 15), (86, 91)):
            pen.shape(pen.dark, (x, y), (x + 4, y), (x + 2, tip))


def _jug(pen: Pen) -> None:
    pen.box(30, 30, 72, 86, pen.main, 8)
    pen.box(38, 14, 54, 32, pen.dark, 2)
    pen.box(66, 38, 84, 70, pen.dark, 8)
    pen.box(70, 44, 78, 64, pen.light, 4)


def _tube(pen: Pen) -> None:
    pen.shape(pen.main, (30, 16), (70, 16), (64, 74), (36, 74))
    pen.box(28, 12, 72, 18, pen.dark, 1)
    pen.box(38, 74, 62, 88, pen.dark, 2)


def _hexagon(pen: Pen) -> None:
    pen.shape(pen.dark, (50, 12), (82, 31), (82, 69), (50, 88), (18, 69), (18, 31))
    pen.shape(pen.main, (50, 18), (77, 34), (77, 66), (50, 82), (23, 66), (23, 34))
    pen.oval(42, 22, 58, 38, pen.light)


def _notebook(pen: Pen) -> None:
    pen.box(30, 14, 78, 86, pen.main, 3)
    pen.box(30, 14, 38, 86, pen.dark, 3)
    for y in range(20, 84, 8):
        pen.oval(24, y, 34, y + 4, pen.light)


def _paw(pen: Pen) -> None:
    pen.oval(26, 44, 74, 88, pen.main)
    for x, y in ((18, 34), (34, 18), (52, 18), (68, 34)):
        pen.oval(x, y, x + 15, y + 20, pen.dark)


_PACKAGES: dict[str, Callable[[Pen], None]] = {
    "ABA": _bag, "BEB": _bottle, "LAC": _carton, "PAN": _loaf, "CAR": _tray, "FRU": _fruit,
    "SNA": _pillow, "LIM": _jug, "ASE": _tube, "FER": _hexagon, "PAP": _notebook, "MAS": _paw,
}  # fmt: skip


def _plain(words: str) -> str:
    """Capitals without accents: Pillow's own font, the same on every machine, has no others."""
    folded = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    return folded.upper()


@lru_cache(maxsize=16)
def _backdrop(hue: float) -> Image.Image:
    """A soft light from above in the colour of the category."""
    top, bottom = _hsv(hue, 0.06, 1.0), _hsv(hue, 0.24, 0.93)
    strip = Image.new("RGB", (1, 2))
    strip.putdata([top, bottom])
    side = SIZE * _SCALE
    return strip.resize((side, side), Image.Resampling.BILINEAR)


def picture(product: Producto) -> bytes:
    """The picture of a product as a small JPEG file."""
    brand, size = _brand_and_size(product)
    category = list(CATEGORIAS).index(product.cat_codigo) / len(CATEGORIAS)
    image = _backdrop(category).copy()
    meat = product.cat_codigo == "CAR"  # green meat would not sell
    pen = Pen(image, 0.98 if meat else zlib.crc32(brand.encode()) / 2**32)
    pen.oval(20, 82, 80, 94, _hsv(category, 0.30, 0.84))
    _PACKAGES[product.cat_codigo](pen)
    pen.box(26, 48, 74, 72, _WHITE, 3)
    pen.text(50, 56, _plain(brand), 8, pen.dark, 44)
    pen.text(50, 66, _plain(size), 6, (90, 90, 90), 44)
    out = io.BytesIO()
    image.reduce(_SCALE).save(out, "JPEG", quality=88)
    return out.getvalue()


def _brand_and_size(product: Producto) -> tuple[str, str]:
    """Read back from the long description, the one place that names both."""
    words = product.prd_desc_larga.split(". ", 1)[0]
    brand, size = words.split(" marca ", 1)[1].split(", presentación ", 1)
    return brand, size
