"""Promotions and their codes in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.decorators import action, display

from pricing.models import Coupon, CouponUse, Promotion, PromotionTier, PromotionUse
from pricing.promotions.coupon_codes import generate_codes
from pricing.promotions.descriptions import summary
from pricing.promotions.forms import (
    CodeForm,
    CouponForm,
    GenerateForm,
    PromotionForm,
    TierForm,
    TierFormSet,
)
from pricing.states import AMOUNT_KINDS, PERCENT_KINDS, BenefitKind
from shop.admin.base import (
    ReadOnlyAdmin,
    StaffAdmin,
    StaffTabularInline,
    badge,
    number,
    show_as_tree,
)
from shop.core.actors import Actor
from shop.core.errors import DomainError

GROUPS = ("category", "collection", "get_category", "get_collection", "customer_group")


def _is_one_of(kinds: Any) -> str:
    """A condition of a form in the words of its script."""
    return " || ".join(f"kind == '{kind}'" for kind in sorted(str(kind.value) for kind in kinds))


def save_counted(request: HttpRequest, row: Coupon | Promotion) -> None:
    """Everything but the count of uses, and a limit never below it."""
    model = type(row)
    fields = {
        field.attname: getattr(row, field.attname)
        for field in model._meta.concrete_fields
        if field.name not in {"id", "used_count", "was_used", "created_at"}
    }
    fits = Q() if row.use_limit is None else Q(used_count__lte=row.use_limit)
    if not model._default_manager.filter(fits, pk=row.pk).update(**fields):
        messages.error(
            request,
            _(
                "It has been used more often than the new limit in the meantime. Enter a higher "
                "limit."
            ),
        )


def uses_of(row: Coupon | Promotion) -> SafeString:
    """Uses, of how many."""
    if row.use_limit is None:
        return number(row.used_count)
    return number(f"{row.used_count} / {row.use_limit}")


class TierInline(StaffTabularInline):
    """Steps by quantity."""

    model = PromotionTier
    form = TierForm
    formset = TierFormSet
    fields = ["min_quantity", "percent"]


class CodeInline(StaffTabularInline):
    """The codes that unlock the promotion, twenty at a time."""

    model = Coupon
    form = CodeForm
    fields = ["code", "is_active", "use_limit", "per_customer_limit", "used_count"]
    readonly_fields = ["used_count"]
    per_page = 20
    show_change_link = True


@admin.register(Promotion)
class PromotionAdmin(StaffAdmin):
    """What lowers prices: benefit, conditions and codes on one form.

    Uses are read-only: orders count them.
    """

    form = PromotionForm
    inlines = [TierInline, CodeInline]
    list_display = ["name", "summary", "state", "unlocked", "used", "combination"]
    list_filter = [
        ("kind", ChoicesCheckboxFilter),
        ("combination", ChoicesCheckboxFilter),
        "is_automatic",
        "is_active",
    ]
    list_select_related = ["category", "collection", "customer_group"]
    search_fields = ["name", "line", "coupons__code"]
    search_help_text = gettext_lazy("Name or code")
    ordering = ["position", "pk"]
    readonly_fields = ["used_count"]
    actions_detail = ["generate"]
    fieldsets = [
        (None, {"fields": [("name", "is_active"), ("line", "is_automatic")]}),
        (
            gettext_lazy("Benefit"),
            {
                "fields": [
                    "kind",
                    "percent",
                    "amounts",
                    "take_quantity",
                    "pay_quantity",
                    "buy_quantity",
                    "get_quantity",
                    "get_category",
                    "get_collection",
                ]
            },
        ),
        (
            gettext_lazy("Conditions"),
            {
                "fields": [
                    ("category", "collection"),
                    ("minimum", "min_quantity"),
                    ("customer_group", "shipping_method_code", "is_first_order_only"),
                    ("starts_at", "ends_at"),
                    ("use_limit", "per_customer_limit", "used_count"),
                ]
            },
        ),
        (
            gettext_lazy("Combinations"),
            {"fields": [("combination", "position")]},
        ),
    ]
    conditional_fields = {
        "percent": _is_one_of(PERCENT_KINDS),
        "amounts": _is_one_of(AMOUNT_KINDS),
        "take_quantity": _is_one_of({BenefitKind.N_FOR_M}),
        "pay_quantity": _is_one_of({BenefitKind.N_FOR_M}),
        "buy_quantity": _is_one_of({BenefitKind.BUY_GET}),
        "get_quantity": _is_one_of({BenefitKind.BUY_GET}),
        "get_category": _is_one_of({BenefitKind.BUY_GET}),
        "get_collection": _is_one_of({BenefitKind.BUY_GET}),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Promotion]:
        """With the steps, which the summary tells, and what its codes come to."""
        promotions = super().get_queryset(request).with_codes_counted()
        return promotions.prefetch_related("tiers")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        """Categories by their place in the tree."""
        form = super().get_form(request, obj, change=change, **options)
        for name in ("category", "get_category"):
            show_as_tree(form, name)
        for name in GROUPS:
            if (field := form.base_fields.get(name)) is not None:
                # Unfold gives wrapped fields of a conditional form inline script, which is refused.
                field.widget = getattr(field.widget, "widget", field.widget)
        return form

    def save_model(self, request: HttpRequest, obj: Promotion, form: Any, change: Any) -> None:
        """A new one whole; of an old one all but the count of uses."""
        if change:
            save_counted(request, obj)
        else:
            obj.save()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """Codes keep their counts, steps are saved as they are."""
        for row in formset.save(commit=False):
            if isinstance(row, Coupon) and row.pk:
                save_counted(request, row)
            else:
                row.save()
        for row in formset.deleted_objects:
            row.delete()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A promotion that lowered an order is switched off and stays: a change of
        the order asks it again.
        """
        if obj is not None and obj.was_used:
            return False
        return bool(super().has_delete_permission(request, obj))

    @display(description=gettext_lazy("summary"))
    def summary(self, promotion: Promotion) -> str:
        """In one sentence."""
        return summary(promotion)

    @display(description=gettext_lazy("status"))
    def state(self, promotion: Any) -> SafeString:
        """Whether it works now."""
        at = timezone.now()
        if not promotion.is_active:
            return badge(_("Off"), icon="block")
        if promotion.ends_at and promotion.ends_at <= at:
            return badge(_("Ended"), icon="event_busy")
        if promotion.starts_at and promotion.starts_at > at:
            return badge(_("Scheduled"), icon="schedule", tone="info")
        if promotion.use_limit is not None and promotion.used_count >= promotion.use_limit:
            return badge(_("Used up"), icon="done_all", tone="warn")
        if not promotion.is_automatic and not promotion.code_count:
            return badge(_("Needs a code"), icon="hourglass_empty", tone="warn")
        return badge(_("Active"), icon="check_circle", tone="ok")

    @display(description=gettext_lazy("unlocked by"))
    def unlocked(self, promotion: Any) -> str:
        """Its code, or how many there are."""
        if promotion.is_automatic:
            return _("automatic")
        count = promotion.code_count
        if count <= 1:
            return promotion.first_code or "–"
        return ngettext("%(count)d code", "%(count)d codes", count) % {"count": count}

    @display(description=gettext_lazy("used"))
    def used(self, promotion: Any) -> SafeString:
        """By its own count where it is limited, else by the count of its codes."""
        if promotion.is_limited:
            return uses_of(promotion)
        if promotion.is_automatic:
            return number("–")
        return number(promotion.code_uses or 0)

    @action(
        description=gettext_lazy("Generate codes"),
        icon="sell",
        permissions=["change"],
        url_path="generate",
        dialog={
            "title": gettext_lazy("Generate codes"),
            "description": "",
            "form_class": GenerateForm,
            "form_submit_text": gettext_lazy("Generate"),
        },
    )
    def generate(self, request: HttpRequest, form: GenerateForm, object_id: str) -> HttpResponse:
        """Make as many codes as were asked for, each its own."""
        promotion = get_object_or_404(Promotion, pk=object_id)
        url = reverse("admin:pricing_promotion_change", args=[object_id])
        try:
            codes = generate_codes(
                promotion,
                count=form.cleaned_data["count"],
                prefix=form.cleaned_data["prefix"],
                use_limit=form.cleaned_data["use_limit"],
                actor=Actor.of(request.user),
                at=timezone.now(),
            )
        except DomainError as refusal:
            messages.error(request, refusal.message)
        else:
            said = ngettext(
                "The promotion now has %(count)d code.",
                "The promotion now has %(count)d codes.",
                len(codes),
            )
            messages.success(request, said % {"count": len(codes)})
            url = f"{reverse('admin:pricing_coupon_changelist')}?promotion__id__exact={object_id}"
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": url})
        return redirect(url)


@admin.register(Coupon)
class CouponAdmin(StaffAdmin):
    """Codes of all promotions. How often one was used is read-only: orders count it."""

    form = CouponForm
    list_display = ["code", "promotion", "state", "used", "created_at"]
    list_filter = ["is_active", ("promotion", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["promotion"]
    search_fields = ["code", "promotion__name"]
    search_help_text = gettext_lazy("Code or promotion")
    autocomplete_fields = ["promotion"]
    readonly_fields = ["used_count"]
    fields = [
        "promotion",
        ("code", "is_active"),
        ("use_limit", "per_customer_limit", "used_count"),
    ]

    def save_model(self, request: HttpRequest, obj: Coupon, form: Any, change: Any) -> None:
        """A new one whole; of an old one all but the count of uses."""
        if change:
            save_counted(request, obj)
        else:
            obj.save()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A coupon that was used stays: its uses point at it."""
        if obj is not None and obj.used_count:
            return False
        return bool(super().has_delete_permission(request, obj))

    @display(description=gettext_lazy("status"))
    def state(self, coupon: Coupon) -> SafeString:
        """Whether it unlocks its promotion."""
        if not coupon.is_active:
            return badge(_("Off"), icon="block")
        if coupon.use_limit is not None and coupon.used_count >= coupon.use_limit:
            return badge(_("Used up"), icon="done_all", tone="warn")
        return badge(_("Active"), icon="check_circle", tone="ok")

    @display(description=gettext_lazy("used"), ordering="used_count")
    def used(self, coupon: Coupon) -> SafeString:
        """Uses, of how many."""
        return uses_of(coupon)


@admin.register(CouponUse)
class CouponUseAdmin(ReadOnlyAdmin):
    """Which order used which coupon."""

    list_display = ["used_at", "coupon", "order_number", "customer_key"]
    list_select_related = ["coupon"]
    search_fields = ["=coupon__code", "=order_number", "=customer_key"]
    search_help_text = gettext_lazy("Code, order or e-mail")


@admin.register(PromotionUse)
class PromotionUseAdmin(ReadOnlyAdmin):
    """Which order used which limited promotion."""

    list_display = ["used_at", "promotion", "order_number", "customer_key"]
    list_select_related = ["promotion"]
    search_fields = ["promotion__name", "=order_number", "=customer_key"]
    search_help_text = gettext_lazy("Promotion, order or e-mail")
