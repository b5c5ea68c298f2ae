"""Names, help texts and choices in plain English. Changes no table."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_pictures_without_renditions"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="collectionproduct",
            options={
                "ordering": ["position", "pk"],
                "verbose_name": "product in collection",
                "verbose_name_plural": "products in collection",
            },
        ),
        migrations.AlterModelOptions(
            name="goeswith",
            options={
                "ordering": ["position", "pk"],
                "verbose_name": "related product",
                "verbose_name_plural": "related product",
            },
        ),
        migrations.AlterField(
            model_name="attribute",
            name="is_filterable",
            field=models.BooleanField(default=False, verbose_name="use as filter"),
        ),
        migrations.AlterField(
            model_name="attribute",
            name="kind",
            field=models.CharField(
                choices=[
                    ("text", "Text"),
                    ("choice", "Choice"),
                    ("integer", "Whole number"),
                    ("decimal", "Number"),
                    ("boolean", "Yes or no"),
                ],
                max_length=10,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="description",
            field=models.TextField(blank=True, verbose_name="text below the products"),
        ),
        migrations.AlterField(
            model_name="category",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="visible"),
        ),
        migrations.AlterField(
            model_name="category",
            name="is_cutout",
            field=models.BooleanField(default=True, verbose_name="transparent background"),
        ),
        migrations.AlterField(
            model_name="category",
            name="line",
            field=models.CharField(blank=True, max_length=250, verbose_name="short description"),
        ),
        migrations.AlterField(
            model_name="category",
            name="slug",
            field=models.SlugField(
                max_length=140,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        "[^0-9]",
                        "Enter a slug that contains at least one letter.",
                        code="slug_is_number",
                    )
                ],
                verbose_name="slug",
            ),
        ),
        migrations.AlterField(
            model_name="collection",
            name="in_navigation",
            field=models.BooleanField(default=False, verbose_name="show in navigation"),
        ),
        migrations.AlterField(
            model_name="collection",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="visible"),
        ),
        migrations.AlterField(
            model_name="collection",
            name="is_cutout",
            field=models.BooleanField(default=True, verbose_name="transparent background"),
        ),
        migrations.AlterField(
            model_name="collection",
            name="line",
            field=models.CharField(blank=True, max_length=250, verbose_name="short description"),
        ),
        migrations.AlterField(
            model_name="collection",
            name="slug",
            field=models.SlugField(
                max_length=140,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        "[^0-9]",
                        "Enter a slug that contains at least one letter.",
                        code="slug_is_number",
                    )
                ],
                verbose_name="slug",
            ),
        ),
        migrations.AlterField(
            model_name="exchangerate",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
        ),
        migrations.AlterField(
            model_name="homeblock",
            name="action_label",
            field=models.CharField(blank=True, max_length=80, verbose_name="button label"),
        ),
        migrations.AlterField(
            model_name="homeblock",
            name="action_url",
            field=models.CharField(blank=True, max_length=250, verbose_name="button link"),
        ),
        migrations.AlterField(
            model_name="homeblock",
            name="facts",
            field=models.JSONField(blank=True, default=list, verbose_name="statistics"),
        ),
        migrations.AlterField(
            model_name="homeblock",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="visible"),
        ),
        migrations.AlterField(
            model_name="homeblock",
            name="kind",
            field=models.CharField(
                choices=[
                    ("notice", "Top bar message"),
                    ("hero", "Hero"),
                    ("rooms", "Categories"),
                    ("new", "Collection"),
                    ("story", "Story"),
                    ("again", "Products"),
                    ("promise", "Promise"),
                    ("tile", "Tile between products"),
                    ("footer", "Footer text"),
                ],
                max_length=10,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="homeblock",
            name="limit",
            field=models.PositiveSmallIntegerField(default=4, verbose_name="number of items"),
        ),
        migrations.AlterField(
            model_name="homeblock",
            name="second_label",
            field=models.CharField(blank=True, max_length=80, verbose_name="second link label"),
        ),
        migrations.AlterField(
            model_name="homeblock",
            name="second_url",
            field=models.CharField(blank=True, max_length=250, verbose_name="second link URL"),
        ),
        migrations.AlterField(
            model_name="maker",
            name="place",
            field=models.CharField(blank=True, max_length=120, verbose_name="location"),
        ),
        migrations.AlterField(
            model_name="maker",
            name="slug",
            field=models.SlugField(
                max_length=140,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        "[^0-9]",
                        "Enter a slug that contains at least one letter.",
                        code="slug_is_number",
                    )
                ],
                verbose_name="slug",
            ),
        ),
        migrations.AlterField(
            model_name="optionvalue",
            name="code",
            field=models.CharField(blank=True, max_length=20, verbose_name="SKU code"),
        ),
        migrations.AlterField(
            model_name="optionvalue",
            name="swatch",
            field=models.CharField(blank=True, max_length=7, verbose_name="color"),
        ),
        migrations.AlterField(
            model_name="page",
            name="body",
            field=models.TextField(
                help_text="{seller}, {shop}, {email}, {phone} and {return_address} are replaced by your shop's settings.",
                verbose_name="text",
            ),
        ),
        migrations.AlterField(
            model_name="page",
            name="is_published",
            field=models.BooleanField(default=True, verbose_name="visible"),
        ),
        migrations.AlterField(
            model_name="page",
            name="kind",
            field=models.CharField(
                choices=[("help", "Help"), ("legal", "Legal")], max_length=10, verbose_name="type"
            ),
        ),
        migrations.AlterField(
            model_name="page",
            name="line",
            field=models.CharField(blank=True, max_length=250, verbose_name="short description"),
        ),
        migrations.AlterField(
            model_name="page",
            name="sample_note",
            field=models.TextField(
                blank=True,
                help_text="Use it to say that the text is only a sample.",
                verbose_name="note above the text",
            ),
        ),
        migrations.AlterField(
            model_name="page",
            name="slug",
            field=models.SlugField(
                max_length=140,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        "[^0-9]",
                        "Enter a slug that contains at least one letter.",
                        code="slug_is_number",
                    )
                ],
                verbose_name="slug",
            ),
        ),
        migrations.AlterField(
            model_name="page",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
        ),
        migrations.AlterField(
            model_name="pricechange",
            name="at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, verbose_name="valid from"
            ),
        ),
        migrations.AlterField(
            model_name="pricechange",
            name="compare_at_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="compare-at price"),
        ),
        migrations.AlterField(
            model_name="priceentry",
            name="compare_at_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="compare-at price"),
        ),
        migrations.AlterField(
            model_name="product",
            name="compare_at_minor",
            field=models.BigIntegerField(
                blank=True, editable=False, null=True, verbose_name="compare-at price"
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="description",
            field=models.TextField(blank=True, verbose_name="description"),
        ),
        migrations.AlterField(
            model_name="product",
            name="discount_percent",
            field=models.PositiveSmallIntegerField(
                default=0, editable=False, verbose_name="discount in percent"
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="guarantee_months",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="0 means the statutory warranty only.",
                verbose_name="warranty in months",
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="headline",
            field=models.CharField(blank=True, max_length=160, verbose_name="description heading"),
        ),
        migrations.AlterField(
            model_name="product",
            name="is_returnable",
            field=models.BooleanField(
                default=True,
                help_text="Turn this off for items that are cut or made to order, or sealed for hygiene reasons.",
                verbose_name="returnable",
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="kind",
            field=models.CharField(blank=True, max_length=160, verbose_name="card text"),
        ),
        migrations.AlterField(
            model_name="product",
            name="lead",
            field=models.TextField(blank=True, verbose_name="introduction"),
        ),
        migrations.AlterField(
            model_name="product",
            name="rating_average",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                editable=False,
                max_digits=3,
                null=True,
                verbose_name="average rating",
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="rating_count",
            field=models.PositiveIntegerField(
                default=0, editable=False, verbose_name="number of ratings"
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="slug",
            field=models.SlugField(
                max_length=220,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        "[^0-9]",
                        "Enter a slug that contains at least one letter.",
                        code="slug_is_number",
                    )
                ],
                verbose_name="slug",
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="sold_count",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="units sold"),
        ),
        migrations.AlterField(
            model_name="product",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
        ),
        migrations.AlterField(
            model_name="productattribute",
            name="boolean",
            field=models.BooleanField(blank=True, null=True, verbose_name="yes/no value"),
        ),
        migrations.AlterField(
            model_name="productattribute",
            name="number",
            field=models.DecimalField(
                blank=True, decimal_places=4, max_digits=18, null=True, verbose_name="numeric value"
            ),
        ),
        migrations.AlterField(
            model_name="productattribute",
            name="text",
            field=models.CharField(blank=True, max_length=500, verbose_name="text value"),
        ),
        migrations.AlterField(
            model_name="productimage",
            name="alt",
            field=models.CharField(blank=True, max_length=250, verbose_name="alternative text"),
        ),
        migrations.AlterField(
            model_name="productimage",
            name="is_cutout",
            field=models.BooleanField(default=True, verbose_name="transparent background"),
        ),
        migrations.AlterField(
            model_name="productimage",
            name="option_value",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="images",
                to="catalog.optionvalue",
                verbose_name="variant choice",
            ),
        ),
        migrations.AlterField(
            model_name="slugredirect",
            name="kind",
            field=models.CharField(
                choices=[("product", "Product"), ("category", "Category")],
                max_length=10,
                verbose_name="type",
            ),
        ),
        migrations.AlterField(
            model_name="slugredirect",
            name="old_slug",
            field=models.SlugField(max_length=220, verbose_name="previous slug"),
        ),
        migrations.AlterField(
            model_name="variant",
            name="compare_at_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="compare-at price"),
        ),
        migrations.AlterField(
            model_name="variant",
            name="cost_minor",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="cost before tax"),
        ),
        migrations.AlterField(
            model_name="variant",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="active"),
        ),
        migrations.AlterField(
            model_name="variant",
            name="unit",
            field=models.CharField(blank=True, max_length=10, verbose_name="unit of net content"),
        ),
        migrations.AlterField(
            model_name="variant",
            name="unit_amount",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="net content"),
        ),
        migrations.AlterField(
            model_name="variant",
            name="unit_per",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="unit price reference quantity"
            ),
        ),
    ]
