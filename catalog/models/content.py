"""What staff write: the home page's blocks, help and legal pages."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.categories import Category
from catalog.models.groups import Collection
from catalog.models.products import Product
from catalog.models.slugs import HAS_LETTER
from catalog.picture_names import hue_class
from shop.core.seller import fill_placeholders


class Page(models.Model):
    """A help or legal page. `body` is text: `## ` starts a section, a blank line a paragraph."""

    class Kind(models.TextChoices):
        HELP = "help", _("Help")
        LEGAL = "legal", _("Legal")

    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices)
    slug = models.SlugField(_("slug"), max_length=140, unique=True, validators=[HAS_LETTER])
    title = models.CharField(_("title"), max_length=160)
    line = models.CharField(_("short description"), max_length=250, blank=True)
    body = models.TextField(
        _("text"),
        help_text=_(
            "{seller}, {shop}, {email}, {phone} and {return_address} are replaced by your shop's "
            "settings."
        ),
    )
    sample_note = models.TextField(
        _("note above the text"),
        blank=True,
        help_text=_("Use it to say that the text is only a sample."),
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_published = models.BooleanField(_("visible"), default=True)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["kind", "position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def sections(self) -> list[tuple[str, list[str]]]:
        """(heading, paragraphs) in order; the heading of text before the first `## ` is empty."""
        sections: list[tuple[str, list[str]]] = []
        for block in fill_placeholders(self.body).replace("\r\n", "\n").split("\n\n"):
            text = block.strip()
            if text.startswith("## "):
                heading, _newline, rest = text[3:].partition("\n")
                sections.append((heading.strip(), [rest.strip()] if rest.strip() else []))
            elif text:
                if not sections:
                    sections.append(("", []))
                sections[-1][1].append(text)
        return sections


class HomeBlock(models.Model):
    """A block of the home page, or an editorial tile among a category's products."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("Top bar message")
        HERO = "hero", _("Hero")
        ROOMS = "rooms", _("Categories")
        NEW = "new", _("Collection")
        STORY = "story", _("Story")
        AGAIN = "again", _("Products")
        PROMISE = "promise", _("Promise")
        TILE = "tile", _("Tile between products")
        FOOTER = "footer", _("Footer text")

    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices)
    key = models.SlugField(_("key"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), blank=True)
    action_label = models.CharField(_("button label"), max_length=80, blank=True)
    action_url = models.CharField(_("button link"), max_length=250, blank=True)
    second_label = models.CharField(_("second link label"), max_length=80, blank=True)
    second_url = models.CharField(_("second link URL"), max_length=250, blank=True)
    # Figures of a story: [["9,400", "repairs in 2025"], …].
    facts = models.JSONField(_("statistics"), default=list, blank=True)
    hue = models.PositiveSmallIntegerField(
        _("hue"), default=300, validators=[MaxValueValidator(359)]
    )
    collection = models.ForeignKey(
        Collection, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    products = models.ManyToManyField(Product, through="catalog.HomeBlockProduct", blank=True)
    categories = models.ManyToManyField(
        Category, through="catalog.HomeBlockCategory", blank=True, related_name="+"
    )
    limit = models.PositiveSmallIntegerField(_("number of items"), default=4)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("visible"), default=True)

    class Meta:
        verbose_name = _("home page block")
        verbose_name_plural = _("home page")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def hue_class(self) -> str:
        """The CSS class of the nearest of 36 hues."""
        return hue_class(self.hue)


class HomeBlockProduct(models.Model):
    """A product of a home page block, in order."""

    block = models.ForeignKey(HomeBlock, on_delete=models.CASCADE, related_name="product_places")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.block_id}: {self.product_id}"


class HomeBlockCategory(models.Model):
    """A category of a home page block, in order."""

    block = models.ForeignKey(HomeBlock, on_delete=models.CASCADE, related_name="category_places")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.block_id}: {self.category_id}"
