"""Pictures: only pictures come in, only ours come out."""

from __future__ import annotations

import errno
import io
import os
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageCms

from catalog.errors import PictureRefused
from catalog.models import Collection, ProductImage
from catalog.pictures import add_image, imaging, make_renditions, remove_image
from catalog.pictures.imaging import dominant_hue, is_cut_out, read_picture
from catalog.tests.factories import CategoryFactory, ProductFactory
from shop.core.actors import SYSTEM
from shop.core.models import OutboxEvent
from shop.core.storage import StorageFull

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> io.BytesIO:
    out = io.BytesIO()
    image.save(out, kind, **options)
    out.seek(0)
    return out


def plain(size: tuple[int, int] = (64, 48), color: object = (220, 40, 40)) -> Image.Image:
    return Image.new("RGB", size, color)


def test_a_picture_is_written_again_without_what_else_the_file_held():
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    raw = file_of(plain(), "JPEG", exif=exif).getvalue() + b"<script>alert(1)</script>PK\x03\x04"

    picture = read_picture(io.BytesIO(raw))

    assert (picture.width, picture.height) == (64, 48)
    assert b"secret" not in picture.content
    assert b"script" not in picture.content
    assert Image.open(io.BytesIO(picture.content)).format == "WEBP"


def matrix_profile(red: object, green: object, blue: object) -> bytes:
    """An ICC profile of these primaries (XYZ under D50) with the tone curve of sRGB."""

    def fixed(*numbers: float) -> bytes:
        return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))

    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0)
    curve += fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    parts = {b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249)}
    for name, primary in ((b"r", red), (b"g", green), (b"b", blue)):
        parts[name + b"XYZ"] = b"XYZ " + bytes(4) + fixed(*primary)
        parts[name + b"TRC"] = curve
    table, body = b"", b""
    start = 128 + 4 + 12 * len(parts)
    for name, part in parts.items():
        table += name + struct.pack(">II", start + len(body), len(part))
        body += part
    size = struct.pack(">I", start + len(body))
    head = size + bytes(4) + struct.pack(">I", 0x04000000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    head += bytes(28) + fixed(0.9642, 1.0, 0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


DISPLAY_P3 = matrix_profile(
    (0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def color_of(picture: imaging.Picture) -> tuple[int, ...]:
    image = Image.open(io.BytesIO(picture.content))
    assert "icc_profile" not in image.info
    return image.getpixel((image.width // 2, image.height // 2))


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """WebP keeps colors to a level or two."""
    return len(one) == len(other) and all(abs(a - b) <= 3 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("kind", "mode", "color", "profile", "expected"),
    [
        # Display P3 → sRGB: (180, 120, 100) under the one are these values under the other.
        ("PNG", "RGB", (180, 120, 100), DISPLAY_P3, (190, 117, 96)),
        ("JPEG", "RGB", (180, 120, 100), DISPLAY_P3, (190, 117, 96)),
        ("WEBP", "RGB", (180, 120, 100), DISPLAY_P3, (190, 117, 96)),
        ("AVIF", "RGB", (180, 120, 100), DISPLAY_P3, (190, 117, 96)),
        ("PNG", "RGBA", (180, 120, 100, 255), DISPLAY_P3, (190, 117, 96)),
        ("PNG", "RGB", (180, 120, 100), SRGB, (180, 120, 100)),
        ("PNG", "RGB", (180, 120, 100), None, (180, 120, 100)),
        ("PNG", "RGB", (180, 120, 100), b"no profile", (180, 120, 100)),
        # A profile of another kind of picture says nothing of this one.
        ("PNG", "L", 120, DISPLAY_P3, (120, 120, 120)),
        ("PNG", "LA", (120, 255), None, (120, 120, 120)),
        ("PNG", "I;16", 0, None, (0, 0, 0)),
        ("PNG", "I;16", 32896, None, (128, 128, 128)),
        ("PNG", "I;16", 65535, None, (255, 255, 255)),
        ("PNG", "1", 1, None, (255, 255, 255)),
        ("JPEG", "CMYK", (0, 128, 128, 0), None, (255, 127, 127)),
    ],
)
def test_colors_are_those_of_browsers_whatever_the_file_counts_in(
    kind, mode, color, profile, expected
):
    options = {} if profile is None else {"icc_profile": profile}

    picture = read_picture(file_of(Image.new(mode, (48, 48), color), kind, **options))

    assert near(color_of(picture)[:3], expected)


def test_a_palette_with_a_profile_keeps_its_colors_and_what_is_see_through():
    image = plain(color=(180, 120, 100)).convert("P", palette=Image.Palette.ADAPTIVE)
    clear = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    clear.paste((180, 120, 100, 255), (16, 8, 48, 40))

    whole = read_picture(file_of(image, icc_profile=DISPLAY_P3))
    cut_out = read_picture(file_of(clear, icc_profile=DISPLAY_P3))

    assert near(color_of(whole), (190, 117, 96))
    assert near(color_of(cut_out), (190, 117, 96, 255))
    assert cut_out.is_cutout


def test_16_bit_gray_keeps_the_level_that_is_see_through():
    image = Image.new("I;16", (48, 48), 65535)

    picture = read_picture(file_of(image, transparency=65535))

    assert picture.is_cutout


def test_a_photo_with_a_second_picture_behind_it_is_no_moving_picture():
    """As phones write them: a JPEG with a preview or a depth map."""
    out = io.BytesIO()
    plain(color=(220, 40, 40)).save(
        out, "MPO", save_all=True, append_images=[plain(color=(40, 40, 220))]
    )
    out.seek(0)

    assert near(color_of(read_picture(out)), (220, 40, 40))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_a_moving_picture_is_refused(kind):
    moving = file_of(plain(), kind, save_all=True, append_images=[plain(color=(40, 40, 220))])

    with pytest.raises(PictureRefused):
        read_picture(moving)


def test_a_picture_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6

    picture = read_picture(file_of(plain(), "JPEG", exif=exif))

    assert (picture.width, picture.height) == (48, 64)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\0" * 50,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"%PDF-1.7",
        b"RIFF\x10\0\0\0WEBPVP8 ",
    ],
)
def test_what_is_no_picture_is_refused(raw):
    with pytest.raises(PictureRefused):
        read_picture(io.BytesIO(raw))


def test_a_picture_too_large_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(imaging, "MAX_PIXELS", 1000)
    with pytest.raises(PictureRefused):
        read_picture(file_of(plain((50, 50))))

    monkeypatch.setattr(imaging, "MAX_BYTES", 10)
    with pytest.raises(PictureRefused):
        read_picture(file_of(plain((5, 5))))


@pytest.mark.parametrize(
    ("color", "hue"),
    [((255, 0, 0), 29), ((0, 255, 0), 142), ((0, 0, 255), 264), ((128, 128, 128), 300)],
)
def test_the_hue_is_that_of_oklch(color, hue):
    assert abs(dominant_hue(plain(color=color)) - hue) <= 1


def test_see_through_pixels_have_no_hue_and_make_a_cut_out():
    image = Image.new("RGBA", (100, 100), (0, 0, 255, 0))
    image.paste((255, 0, 0, 255), (30, 30, 70, 70))

    assert is_cut_out(image) is True
    assert abs(dominant_hue(image) - 29) <= 1
    assert is_cut_out(plain()) is False
    image.paste((255, 0, 0, 255), (0, 0, 100, 85))
    assert is_cut_out(image) is False


@pytest.mark.django_db
def test_smaller_pictures_are_made_once_and_go_with_the_picture(django_capture_on_commit_callbacks):
    product = ProductFactory(slug="cup")
    image = add_image(product, file=file_of(plain((400, 300))), alt="Cup", actor=SYSTEM, at=NOW)

    assert make_renditions(image) == 5
    image = ProductImage.objects.get()
    assert image.renditions == {"avif": [160, 320], "jpeg": [400], "webp": [160, 320]}
    assert make_renditions(image) == 0

    kind, srcset = image.sources[0]
    assert kind == "image/avif"
    assert srcset.endswith("-320.avif 320w")
    names = [image.picture.name, image.picture.name.replace(".webp", "-160.avif")]
    assert all(default_storage.exists(name) for name in names)
    assert image.plain_url.endswith("-400.jpg")
    with django_capture_on_commit_callbacks(execute=True):
        remove_image(image, actor=SYSTEM, at=NOW)
    assert not any(default_storage.exists(name) for name in names)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["category", "collection"])
def test_a_picture_of_a_category_or_collection_is_taken_in_like_a_products(client, carol, kind):
    subject = (
        CategoryFactory(name="Pots")
        if kind == "category"
        else Collection.objects.create(name="Pots", slug="pots")
    )
    client.force_login(carol)
    url = reverse(f"admin:catalog_{kind}_change", args=[subject.pk])
    raw = file_of(plain(), "JPEG").getvalue() + b"<script>alert(1)</script>"
    rows = {"places-TOTAL_FORMS": "0", "places-INITIAL_FORMS": "0"}
    texts = {"name": "Pots", "slug": subject.slug, "hue": "300", "is_cutout": "on", "position": "0"}

    response = client.post(url, {**rows, **texts, "picture": SimpleUploadedFile("a.jpg", raw)})

    assert response.status_code == 302
    subject.refresh_from_db()
    assert subject.picture.name.endswith(".webp")
    assert (subject.picture_width, subject.picture_height) == (64, 48)
    assert (subject.hue, subject.is_cutout) == (read_picture(io.BytesIO(raw)).hue, False)
    assert b"script" not in default_storage.open(subject.picture.name).read()
    taken = OutboxEvent.objects.get(type="PictureTaken")
    assert taken.payload == {"label": f"catalog.{kind}", "pk": subject.pk}

    client.post(url, {**rows, **texts, "picture-clear": "on"})

    subject.refresh_from_db()
    assert (subject.picture.name, subject.picture_width, subject.renditions) == ("", None, {})


# A full disk -------------------------------------------------------------------------------------


def stored_files() -> list[str]:
    """Every file below MEDIA_ROOT, whole or not."""
    return sorted(str(path) for path in Path(default_storage.location).rglob("*") if path.is_file())


def halves_until(number: int):
    """What Django writes a file with, on a disk that fails with that error in the middle of it."""

    def chunks(self: ContentFile, chunk_size: int | None = None) -> Iterator[bytes]:
        content = self.read()
        yield content[: len(content) // 2]
        raise OSError(number, os.strerror(number))

    return chunks


@pytest.fixture
def failing_disk(request, monkeypatch) -> int:
    """A disk that takes the first half of each file and then fails."""
    monkeypatch.setattr(ContentFile, "chunks", halves_until(request.param))
    return request.param


FAILURES = [
    (errno.ENOSPC, 507, "storage_full"),
    (errno.EDQUOT, 507, "storage_full"),
    (errno.EROFS, 503, "storage_unavailable"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("failing_disk", "status", "code"), FAILURES, indirect=["failing_disk"])
def test_a_full_disk_is_told_to_programs_and_leaves_nothing_behind(
    client, carol, failing_disk, status, code
):
    product = ProductFactory(slug="cup")
    client.force_login(carol)
    before = stored_files()

    answer = client.post(
        f"/api/products/{product.pk}/images",
        {"file": SimpleUploadedFile("a.png", file_of(plain()).getvalue())},
        headers={"X-CSRFToken": "x"},
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["error"].startswith("The file was not saved")
    assert ("Retry-After" in answer) is (status == 503)
    assert not ProductImage.objects.exists()
    assert stored_files() == before


@pytest.mark.django_db
@pytest.mark.parametrize(("failing_disk", "status", "code"), FAILURES, indirect=["failing_disk"])
def test_a_full_disk_is_told_to_staff_and_leaves_nothing_behind(
    client, carol, failing_disk, status, code
):
    collection = Collection.objects.create(name="Pots", slug="pots")
    client.force_login(carol)
    before = stored_files()
    rows = {"places-TOTAL_FORMS": "0", "places-INITIAL_FORMS": "0"}
    texts = {"name": "Pans", "slug": "pots", "hue": "300", "position": "0"}
    picture = SimpleUploadedFile("a.jpg", file_of(plain(), "JPEG").getvalue())

    response = client.post(
        reverse("admin:catalog_collection_change", args=[collection.pk]),
        {**rows, **texts, "picture": picture},
    )

    assert response.status_code == status
    assert "The file was not saved" in response.content.decode()
    collection.refresh_from_db()
    assert (collection.name, str(collection.picture)) == ("Pots", "")
    assert stored_files() == before


@pytest.mark.django_db
def test_a_smaller_picture_that_found_no_space_is_made_later(monkeypatch):
    image = add_image(ProductFactory(), file=file_of(plain((400, 300))), actor=SYSTEM, at=NOW)
    with monkeypatch.context() as full:
        full.setattr(ContentFile, "chunks", halves_until(errno.ENOSPC))
        with pytest.raises(StorageFull):
            make_renditions(image)

    made = make_renditions(ProductImage.objects.get())

    assert made == 5
    assert not [name for name in stored_files() if name.endswith(".part")]
