"""Pictures: an original, and the renditions a task makes of it."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.picture_names import PLAIN_FORMAT, hue_class, rendition_name, sources_of


class Pictured(models.Model):
    """One picture with all that a stage needs to show it without a jump.

    `renditions` maps a format to the widths that exist: `{"avif": [160, 320], "webp": [160, 320]}`;
    their files stand beside the original, see `catalog.picture_names.rendition_name`.
    `hue` (0 to 359, OKLCH) tints the stage; `is_cutout` says whether the object
    stands on it or the picture fills it.
    """

    picture = models.ImageField(
        _("picture"),
        upload_to="pictures/",
        width_field="picture_width",
        height_field="picture_height",
        blank=True,
    )
    picture_width = models.PositiveIntegerField(_("width"), null=True, blank=True, editable=False)
    picture_height = models.PositiveIntegerField(_("height"), null=True, blank=True, editable=False)
    hue = models.PositiveSmallIntegerField(
        _("hue"), default=300, validators=[MaxValueValidator(359)]
    )
    is_cutout = models.BooleanField(_("transparent background"), default=True)
    renditions: models.JSONField[dict[str, list[int]], Any] = models.JSONField(
        _("renditions"), default=dict, editable=False, blank=True
    )

    class Meta:
        abstract = True

    @property
    def hue_class(self) -> str:
        """The CSS class of the nearest of 36 hues: `h0` … `h35`."""
        return hue_class(self.hue)

    @property
    def sources(self) -> list[tuple[str, str]]:
        """(media type, srcset) of each format there is, best first; empty while none is made."""
        if not self.picture:
            return []
        return sources_of(self.picture.storage, str(self.picture.name), self.renditions)

    @property
    def plain_url(self) -> str:
        """A JPEG for e-mail and link previews, the original while there is none;
        empty without picture.
        """
        if not self.picture:
            return ""
        widths = self.renditions.get(PLAIN_FORMAT)
        if not widths:
            return str(self.picture.url)
        name = rendition_name(str(self.picture.name), max(widths), PLAIN_FORMAT)
        return str(self.picture.storage.url(name))


class ProductImage(Pictured):
    """A picture of a product, or of one choice of an option ("Color: Red")."""

    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="images")
    option_value = models.ForeignKey(
        "catalog.OptionValue",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="images",
        verbose_name=_("variant choice"),
    )
    alt = models.CharField(_("alternative text"), max_length=250, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["position", "pk"]
        indexes = [
            # Those that wait for a task; the worker looks for lost ones twice a minute.
            models.Index(
                fields=["id"], name="image_without_renditions", condition=models.Q(renditions={})
            )
        ]

    def __str__(self) -> str:
        return self.alt or str(self.picture.name)
