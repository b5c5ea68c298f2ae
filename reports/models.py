"""No tables: what there is here to permit."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sales(models.Model):
    """The sales figures, which orders and payments hold. Django hangs a permission on a model."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [("view_sales", _("Can view sales figures"))]
        verbose_name = _("sales figures")
        verbose_name_plural = _("sales figures")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
