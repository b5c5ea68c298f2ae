"""What all slugs have in common."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

# A lookup by id or slug takes digits for an id.
HAS_LETTER = RegexValidator(
    r"[^0-9]", _("Enter a slug that contains at least one letter."), code="slug_is_number"
)
