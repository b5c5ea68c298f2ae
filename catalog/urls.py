"""Addresses of the shop window."""

from __future__ import annotations

from django.urls import path

from catalog.pages import views

app_name = "catalog"
urlpatterns = [
    path("", views.home, name="home"),
    path("categories/", views.categories, name="categories"),
    path("menu/", views.menu, name="menu"),
    path("c/<slug:slug>/", views.category, name="category"),
    path("collections/<slug:slug>/", views.collection, name="collection"),
    path("makers/", views.makers, name="makers"),
    path("makers/<slug:slug>/", views.maker, name="maker"),
    path("p/<slug:slug>/", views.product, name="product"),
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest, name="suggest"),
    path("help/", views.help_pages, name="help"),
    path("pages/<slug:slug>/", views.page, name="page"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/save/", views.save_preferences, name="save-preferences"),
]
