"""The shop window: pages anyone may see. They read no session and hold no token."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseGone,
    HttpResponsePermanentRedirect,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Collection, Maker, Page, Product, SlugRedirect
from catalog.pages.cards import render_cards
from catalog.pages.filters import Filters
from catalog.pages.forms import PreferencesForm
from catalog.pages.home import build_rows
from catalog.pages.layout import current_tree, find_branch
from catalog.pages.listing import build_listing
from catalog.pages.not_found import guess_from_path
from catalog.pages.product import build_product_page, product_for_page
from catalog.pages.search import build_search, build_suggestions, popular_suggestions
from catalog.pages.structured_data import listing_data, site_data
from catalog.prices.lookup import available_currencies, page_currency
from catalog.states import ProductStatus
from shop.web.origin import safe_next, same_origin
from shop.web.pages import pure

YEAR = 60 * 60 * 24 * 365
# The fields of a list's forms that may be sent empty.
TYPED = {"q", "min_price", "max_price"}
# What a list answers in parts: the cards that "Show more" appends, the button of the filter sheet.
PARTS = {"more": "catalog/_more.html", "show": "catalog/_show.html"}
COOKIES = {"currency": "currency", "theme": "theme"}


@require_safe
@pure
def home(request: HttpRequest) -> HttpResponse:
    """The home page, from the blocks staff arrange."""
    rows = build_rows(currency=page_currency(request), at=timezone.now())
    hero = next((row for row in rows if row.block.kind == "hero"), None)
    context = {
        "rows": rows,
        "hero": hero,
        "site_url": settings.SITE_URL,
        "structured": site_data(),
    }
    return render(request, "catalog/home.html", context)


@require_safe
@pure
def categories(request: HttpRequest) -> HttpResponse:
    """All categories, as a tree."""
    context = {"tree": current_tree(), "site_url": settings.SITE_URL}
    return render(request, "catalog/categories.html", context)


@require_safe
@pure
def menu(request: HttpRequest) -> HttpResponse:
    """The inside of the wide menu, or of the phone's (`?as=phone`); fetched when first needed."""
    is_phone = request.GET.get("as") == "phone"
    template = "catalog/menu_phone.html" if is_phone else "catalog/menu.html"
    return render(request, template, {"tree": current_tree()})


@require_safe
@pure
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """The products of a category and of those below it, with filters."""
    found = find_branch(slug)
    if found is None:
        moved = SlugRedirect.objects.filter(
            kind="category", old_slug=slug, category__is_active=True
        )
        if target := moved.select_related("category").first():
            return _moved(request, reverse("catalog:category", args=[target.category.slug]))  # type: ignore[union-attr]
        raise Http404
    branch, above = found
    products = Product.objects.published(at=timezone.now()).in_category(branch.category)
    return _list_page(
        request,
        products,
        heading=branch.category.name,
        line=branch.category.line,
        crumbs=[(each.category.name, each.url) for each in above],
        extra={
            "description": branch.category.description,
            "subcategories": [child.category for child in branch.children],
            "department_slug": (above[0] if above else branch).category.slug,
        },
        tile_category=branch.category.pk,
    )


@require_safe
@pure
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """The products of a collection."""
    at = timezone.now()
    group = get_object_or_404(Collection.objects.shown(), slug=slug)
    products = Product.objects.published(at=at).in_collection(group, at=at)
    return _list_page(request, products, heading=group.name, line=group.line, crumbs=[])


@require_safe
@pure
def makers(request: HttpRequest) -> HttpResponse:
    """Everyone who makes something we sell."""
    context = {"makers": Maker.objects.all(), "site_url": settings.SITE_URL}
    return render(request, "catalog/makers.html", context)


@require_safe
@pure
def maker(request: HttpRequest, slug: str) -> HttpResponse:
    """A maker's story and products."""
    who = get_object_or_404(Maker, slug=slug)
    products = Product.objects.published(at=timezone.now()).filter(maker_id=who.pk)
    return _list_page(
        request,
        products,
        heading=who.name,
        line=who.place,
        crumbs=[(_("Makers"), reverse("catalog:makers"))],
        extra={"story": who.story},
    )


@require_safe
@pure
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """A product with the variant the address names; 301 from an old address,
    410 once it is gone.
    """
    at = timezone.now()
    found = product_for_page(slug, at=at)
    if found is None:
        return _elsewhere(request, slug)
    page = build_product_page(found, request.GET, currency=page_currency(request), at=at)
    context = {"page": page, "department_slug": page.department_slug}
    return render(request, "catalog/product.html", context)


def _elsewhere(request: HttpRequest, slug: str) -> HttpResponse:
    moved = SlugRedirect.objects.filter(kind="product", old_slug=slug).select_related("product")
    if (target := moved.first()) and target.product:
        return _moved(request, reverse("catalog:product", args=[target.product.slug]))
    if Product.objects.filter(slug=slug, status=ProductStatus.ARCHIVED).exists():
        return HttpResponseGone(_lost_page(request, title=_("This product is no longer available")))
    raise Http404


def _moved(request: HttpRequest, path: str) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)


def _list_page(
    request: HttpRequest,
    products: Any,
    *,
    heading: str,
    line: str,
    crumbs: list[tuple[str, str]],
    extra: dict[str, Any] | None = None,
    tile_category: int | None = None,
) -> HttpResponse:
    """A list of products, or with `?part=` one of `PARTS`.

    The part is in the address rather than in a header, so that the page stays a
    function of its address.
    """
    if blank_free := _without_blanks(request):
        return redirect(blank_free)
    listing = build_listing(
        products,
        Filters.from_query(request.GET),
        path=request.path,
        currency=page_currency(request),
        at=timezone.now(),
        tile_category=tile_category,
    )
    address = request.path
    if listing.page > 1 and not listing.applied:
        address += f"?page={listing.page}"
    context = {
        "heading": heading,
        "line": line,
        "crumbs": crumbs,
        "listing": listing,
        "address": address,
        "site_url": settings.SITE_URL,
        "structured": listing_data(crumbs, heading, f"{settings.SITE_URL}{address}"),
        **(extra or {}),
    }
    template = PARTS.get(request.GET.get("part", ""), "catalog/listing.html")
    return render(request, template, context)


def _without_blanks(request: HttpRequest) -> str:
    """The address without the fields that a form sent empty; nothing where there are none.

    A form sends every field, so without script `?min_price=&max_price=` would end
    up in the address.
    """
    pairs = [(name, value) for name, values in request.GET.lists() for value in values]
    kept = [(name, value) for name, value in pairs if value or name not in TYPED]
    if len(kept) == len(pairs):
        return ""
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


@require_safe
@pure
def search(request: HttpRequest) -> HttpResponse:
    """Results for a text, with the same filters as a category; help where there are none."""
    if blank_free := _without_blanks(request):
        return redirect(blank_free)
    filters = Filters.from_query(request.GET)
    context = build_search(
        filters, path=request.path, currency=page_currency(request), at=timezone.now()
    )
    part = request.GET.get("part", "") if context["listing"] is not None else ""
    return render(request, PARTS.get(part, "catalog/search.html"), context)


@require_safe
@pure
def suggest(request: HttpRequest) -> HttpResponse:
    """What the search field offers while someone types, and with `?popular=` before."""
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:100]
    if "popular" in request.GET:
        suggestions = popular_suggestions()
    else:
        suggestions = build_suggestions(query, currency=page_currency(request), at=timezone.now())
    context = {"suggestions": suggestions, "query": query}
    return render(request, "catalog/_suggestions.html", context)


@require_safe
@pure
def help_pages(request: HttpRequest) -> HttpResponse:
    """Every help and legal page."""
    pages = list(Page.objects.filter(is_published=True))
    context = {
        "help_pages": [each for each in pages if each.kind == Page.Kind.HELP],
        "legal_pages": [each for each in pages if each.kind == Page.Kind.LEGAL],
        "site_url": settings.SITE_URL,
    }
    return render(request, "catalog/help.html", context)


@require_safe
@pure
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """A help or legal page."""
    pages = list(Page.objects.filter(is_published=True))
    this = next((each for each in pages if each.slug == slug), None)
    if this is None:
        raise Http404
    others = [each for each in pages if each.kind == this.kind]
    context = {
        "page": this,
        "others": others,
        "crumbs": [(_("Help"), reverse("catalog:help"))],
        "site_url": settings.SITE_URL,
    }
    return render(request, "catalog/page.html", context)


@require_safe
@never_cache
def preferences(request: HttpRequest) -> HttpResponse:
    """Choose language, currency and light or dark."""
    initial = {
        "language": get_language(),
        "currency": page_currency(request),
        "theme": request.COOKIES.get("theme", ""),
    }
    form = PreferencesForm(initial=initial, currencies=available_currencies())
    back = urlsplit(request.headers.get("Referer", ""))
    came_from = f"{back.path}?{back.query}" if back.query else back.path
    target = came_from if back.netloc == request.get_host() else safe_next(request, "/")
    return render(request, "catalog/preferences.html", {"form": form, "next": target})


@require_POST
@same_origin
def save_preferences(request: HttpRequest) -> HttpResponse:
    """Keep the choices in cookies that hold nothing else, and go back in the chosen language."""
    form = PreferencesForm(request.POST, currencies=available_currencies())
    target = safe_next(request, reverse("catalog:home"))
    if not form.is_valid():
        context = {"form": form, "next": target}
        return render(request, "catalog/preferences.html", context, status=422)
    response = redirect(translate_url(target, form.cleaned_data["language"]))
    for name, field in COOKIES.items():
        if value := form.cleaned_data[field]:
            response.set_cookie(
                name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure()
            )
        else:
            response.delete_cookie(name, samesite="Lax")
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 with a search filled from the address, and what it may have meant."""
    return HttpResponse(_lost_page(request, title=""), status=404)


def _lost_page(request: HttpRequest, *, title: str) -> str:
    query, products, rooms = guess_from_path(request.path, at=timezone.now())
    context = {
        "title": title,
        "query": query,
        "guesses": render_cards(products, currency=page_currency(request), at=timezone.now()),
        "rooms": rooms,
    }
    return render_to_string("404.html", context, request=request)
