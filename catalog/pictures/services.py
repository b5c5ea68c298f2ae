"""Pictures of products and of what else has one: taken in, shown, and made small
in the background.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import F, Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from catalog.events import PictureTaken
from catalog.models import OptionValue, Pictured, Product, ProductImage
from catalog.picture_names import FORMATS, PLAIN_FORMAT, PLAIN_WIDTH, WIDTHS, rendition_name
from catalog.pictures.imaging import read_picture, rendition
from catalog.stored_facts import touch
from shop.core import audit
from shop.core.actors import Actor
from shop.core.caching import bump_catalog_version
from shop.core.errors import Conflict, Invalid
from shop.core.events import publish

MOST_PICTURES = 50


def add_image(
    product: Product,
    *,
    file: IO[bytes],
    alt: str = "",
    option_value: OptionValue | None = None,
    position: int | None = None,
    actor: Actor,
    at: datetime,
) -> ProductImage:
    """Add a picture to a product, last or at `position`; its smaller ones are made by a task.

    Raises `PictureRefused`, `Invalid` for a choice of another product, `Conflict`
    beyond 50 pictures.
    """
    picture = read_picture(file)
    with transaction.atomic():
        product = Product.objects.locked().get(pk=product.pk)
        _check_choice(product, option_value)
        if product.images.count() >= MOST_PICTURES:
            raise Conflict(_("A product can have up to 50 images."))
        if position is None:
            last = product.images.aggregate(last=Max("position"))["last"]
            position = 0 if last is None else last + 1
        image = ProductImage(
            product=product,
            option_value=option_value,
            alt=alt.strip()[:250],
            position=position,
            hue=picture.hue,
            is_cutout=picture.is_cutout,
            created_at=at,
        )
        image.picture.save(new_name(product.slug), ContentFile(picture.content), save=False)
        image.picture_width, image.picture_height = picture.width, picture.height
        image.save()
        touch([product.pk], at=at)
        audit.record("picture added", product, actor=actor, changes={"alt": [None, image.alt]})
        _make_later(image)
    return image


@transaction.atomic
def update_image(image: ProductImage, *, actor: Actor, at: datetime, **fields: Any) -> ProductImage:
    """Change `alt`, `position`, `option_value`, `hue` or `is_cutout` of a picture.

    Raises `Invalid`.
    """
    unknown = sorted(set(fields) - {"alt", "position", "option_value", "hue", "is_cutout"})
    if unknown:
        raise Invalid(errors={name: [_("Unknown image field.")] for name in unknown})
    image = ProductImage.objects.select_related("product").get(pk=image.pk)
    _check_choice(image.product, fields.get("option_value"))
    for field, value in fields.items():
        setattr(image, field, value)
    image.save(update_fields=list(fields))
    touch([image.product_id], at=at)
    return image


@transaction.atomic
def remove_image(image: ProductImage, *, actor: Actor, at: datetime) -> None:
    """Take a picture off a product; its files go once the transaction stands."""
    product_id = image.product_id
    audit.record("picture removed", image.product, actor=actor, changes={"alt": [image.alt, None]})
    names = _files_of(image)
    shared = ProductImage.objects.filter(picture=image.picture.name).exclude(pk=image.pk).exists()
    storage = image.picture.storage
    image.delete()
    touch([product_id], at=at)
    if not shared:
        transaction.on_commit(lambda: _delete_files(storage, names))


def set_picture(
    subject: Pictured,
    *,
    file: IO[bytes] | None,
    hue: int | None = None,
    is_cutout: bool | None = None,
) -> None:
    """Give a category or a collection its picture, or with None take it away.

    Its smaller ones are made by a task. `hue` and `is_cutout` are read from the picture where
    nothing is said. Raises `PictureRefused`.
    """
    picture = read_picture(file) if file else None
    with transaction.atomic():
        subject.picture = ""
        subject.renditions = {}
        if picture is not None:
            subject.hue = picture.hue if hue is None else hue
            subject.is_cutout = picture.is_cutout if is_cutout is None else is_cutout
            name = new_name(str(getattr(subject, "slug", "") or subject._meta.model_name))
            subject.picture.save(name, ContentFile(picture.content), save=False)
            subject.picture_width, subject.picture_height = picture.width, picture.height
        subject.save(
            update_fields=[
                "picture",
                "picture_width",
                "picture_height",
                "hue",
                "is_cutout",
                "renditions",
            ]
        )
        bump_catalog_version()
        if picture is not None:
            _make_later(subject)


def make_renditions(image: Pictured) -> int:
    """Make the smaller pictures that are missing, in AVIF and WebP, and one JPEG; returns how many.

    Reads and writes files, so it runs in a task and outside a transaction. Running
    it again is harmless.
    """
    storage, original = image.picture.storage, str(image.picture.name)
    widest = image.picture_width or WIDTHS[-1]
    wanted = [
        (kind, width)
        for kind in reversed(FORMATS)
        for width in WIDTHS
        if width <= widest and width not in image.renditions.get(kind, [])
    ]
    if not image.renditions.get(PLAIN_FORMAT):
        wanted.insert(0, (PLAIN_FORMAT, min(PLAIN_WIDTH, widest)))
    if not wanted:
        return 0
    with storage.open(original) as file:
        content = file.read()
    made: dict[str, set[int]] = {kind: set(widths) for kind, widths in image.renditions.items()}
    for kind, width in wanted:
        name = rendition_name(original, width, kind)
        if not storage.exists(name):
            storage.save(name, ContentFile(rendition(content, width, kind)))
        made.setdefault(kind, set()).add(width)
    renditions = {kind: sorted(widths) for kind, widths in sorted(made.items())}
    type(image)._default_manager.filter(pk=image.pk, picture=original).update(renditions=renditions)
    _show(image)
    return len(wanted)


def find_pictured(label: str, pk: int) -> Pictured | None:
    """The row of a model with a picture (`catalog.productimage`); None if it is
    gone or has none.
    """
    found = apps.get_model(label)._default_manager.filter(pk=pk).first()
    return found if isinstance(found, Pictured) and found.picture else None


def lacking_renditions() -> Iterator[tuple[str, int]]:
    """(label, pk) of each row whose picture has no smaller ones yet, the newest
    first: 1 query a model.
    """
    for model in apps.get_models():
        if not issubclass(model, Pictured):
            continue
        rows = model._default_manager.filter(renditions={}).exclude(picture="")
        for pk in rows.order_by("-pk").values_list("pk", flat=True).iterator():
            yield model._meta.label_lower, pk


def new_name(stem: str) -> str:
    """A file name nobody can guess from another one, so that a new picture never
    meets an old cache.
    """
    return f"{slugify(stem)[:60] or 'picture'}-{secrets.token_hex(5)}.webp"


def _show(image: Pictured) -> None:
    with transaction.atomic():
        if isinstance(image, ProductImage):
            Product.objects.filter(pk=image.product_id).update(version=F("version") + 1)
        bump_catalog_version()


def _make_later(image: Pictured) -> None:
    publish(PictureTaken(label=image._meta.label_lower, pk=image.pk))


def _files_of(image: Pictured) -> list[str]:
    original = str(image.picture.name)
    return [original] + [
        rendition_name(original, width, kind)
        for kind, widths in image.renditions.items()
        for width in widths
    ]


def _delete_files(storage: Storage, names: list[str]) -> None:
    for name in names:
        storage.delete(name)


def _check_choice(product: Product, option_value: OptionValue | None) -> None:
    if option_value is not None and option_value.option.product_id != product.pk:
        raise Invalid(errors={"option_value": [_("This choice is not available for the product.")]})
