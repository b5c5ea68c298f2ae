"""Pictures as bytes: what comes in is decoded within bounds and written again, so
that nothing else comes out.

A file that is also a script, an archive or a web page loses all of it by re-encoding; metadata such
as places and cameras too. Knows no database.
"""

from __future__ import annotations

import io
import math
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from catalog.errors import PictureRefused
from catalog.picture_names import QUALITY

MAX_BYTES = 12_000_000
MAX_PIXELS = 40_000_000
MAX_SIDE = 12_000
LONGEST_SIDE = 2_400
READABLE = ("JPEG", "PNG", "WEBP", "AVIF")
ENCODER: dict[str, dict[str, Any]] = {
    "avif": {"speed": 6},
    "webp": {"method": 4},
    "jpeg": {"optimize": True},
}
CUTOUT_SHARE = 0.20
_SRGB = ImageCms.createProfile("sRGB")
NO_HUE = 300


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is safe to keep: WebP bytes, and what a stage needs to know."""

    content: bytes
    width: int
    height: int
    hue: int
    is_cutout: bool


def read_picture(file: IO[bytes]) -> Picture:
    """Decode an upload within bounds and encode it again, turned upright, without metadata.

    Raises `PictureRefused` for what is too large, animated, broken, or no JPEG, PNG, WebP or AVIF.
    """
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise PictureRefused(_("The image is too large. The limit is 12 MB."))
    image = _decode(raw)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return Picture(
        encode(image, "webp", quality=90),
        image.width,
        image.height,
        dominant_hue(image),
        is_cut_out(image),
    )


def _decode(raw: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=READABLE) as image:
                _check(image)
                image.load()
                return _in_srgb(ImageOps.exif_transpose(image))
    except PictureRefused:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, OverflowError, KeyError):
        # Pillow's decoders raise any of these on a broken file.
        raise PictureRefused(_("The image file is damaged or can't be read.")) from None


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture as RGB or RGBA with 8 bits a channel, in the colors that
    browsers take for granted.
    """
    profile = image.info.pop("icc_profile", None)
    image = _in_eight_bits(image)
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    alpha = image.convert("RGBA").getchannel("A") if has_alpha else None
    if image.mode not in {"L", "LA", "CMYK"}:
        image = image.convert("RGB")
    elif image.mode == "LA":
        image = image.getchannel("L")
    colors = _converted(image, profile) if profile else image.convert("RGB")
    if alpha is not None:
        colors.putalpha(alpha)
    colors.info.clear()
    return colors


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Gray of 16 bits scaled, where Pillow would cut off all that is above 255;
    others as they are.
    """
    if image.mode not in {"I", "I;16", "I;16B", "I;16L", "I;16N"}:
        return image
    clear = image.info.get("transparency")
    scaled = image.convert("I").point(lambda level: level * (1 / 257) + 0.5).convert("L")
    if isinstance(clear, int):
        scaled.info["transparency"] = round(clear / 257)
    return scaled


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    """From the colors of its profile to sRGB; as it is where the profile is broken
    or not of its kind.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        converted = None
    return image.convert("RGB") if converted is None else converted


def _check(image: Image.Image) -> None:
    if max(image.size) > MAX_SIDE or image.width * image.height > MAX_PIXELS:
        raise PictureRefused(_("The image is too large. The limit is 40 megapixels."))
    # Phones put a second, smaller picture behind a JPEG; only the first is read.
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise PictureRefused(_("Animated images are not supported."))


def encode(image: Image.Image, kind: str, *, quality: int | None = None) -> bytes:
    """The picture as `avif`, `webp` or `jpeg` (on white), without metadata."""
    if kind == "jpeg":
        image = _on_white(image)
    out = io.BytesIO()
    options = ENCODER[kind]
    image.save(out, kind.upper(), quality=quality or QUALITY[kind], **options)
    return out.getvalue()


def rendition(content: bytes, width: int, kind: str) -> bytes:
    """A picture of ours at `width` pixels, in the format `kind`."""
    with Image.open(io.BytesIO(content), formats=READABLE) as image:
        image.load()
        height = max(round(image.height * width / image.width), 1)
        return encode(image.resize((width, height), Image.Resampling.LANCZOS), kind)


def is_cut_out(image: Image.Image) -> bool:
    """Whether more than a fifth of the picture is see-through: it stands on the
    stage, else it fills it.
    """
    if image.mode != "RGBA":
        return False
    small = image.getchannel("A").resize((64, 64), Image.Resampling.BOX)
    clear = sum(count for level, count in enumerate(small.histogram()) if level < 128)
    return clear / (64 * 64) > CUTOUT_SHARE


def dominant_hue(image: Image.Image) -> int:
    """The OKLCH hue (0 to 359) that colors most of what is not see-through,
    weighed by its chroma.
    """
    small = image.convert("RGBA").resize((64, 64), Image.Resampling.BOX)
    weights: Counter[int] = Counter()
    raw = small.tobytes()
    for place in range(0, len(raw), 4):
        red, green, blue, alpha = raw[place : place + 4]
        if alpha < 128:
            continue
        a, b = _oklab_ab(red, green, blue)
        chroma = math.hypot(a, b)
        if chroma > 0.02:
            weights[int(math.degrees(math.atan2(b, a)) % 360)] += round(chroma * 1000)
    if not weights:
        return NO_HUE
    # The heaviest arc of 30 degrees, and its middle of weight.
    arcs = {hue: sum(weights[(hue + step) % 360] for step in range(-15, 16)) for hue in range(360)}
    peak = max(arcs, key=lambda hue: (arcs[hue], -hue))
    drift = sum(step * weights[(peak + step) % 360] for step in range(-15, 16)) / arcs[peak]
    return round(peak + drift) % 360


def _oklab_ab(red: int, green: int, blue: int) -> tuple[float, float]:
    """a and b of OKLab (Ottosson 2020) of an sRGB color."""
    r, g, b = (_linear(value / 255) for value in (red, green, blue))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
