"""What the search knows besides its index."""

from __future__ import annotations

from django.db import models


class SearchWord(models.Model):
    """A word of the catalog's names, for completing what somebody types and for
    guessing at misspellings.
    """

    word = models.CharField(max_length=40, primary_key=True)
    product_count = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word
