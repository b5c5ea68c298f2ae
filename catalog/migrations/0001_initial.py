import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import mptt.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("inventory", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "picture",
                    models.ImageField(
                        blank=True,
                        height_field="picture_height",
                        upload_to="pictures/",
                        verbose_name="picture",
                        width_field="picture_width",
                    ),
                ),
                (
                    "picture_width",
                    models.PositiveIntegerField(
                        blank=True, editable=False, null=True, verbose_name="width"
                    ),
                ),
                (
                    "picture_height",
                    models.PositiveIntegerField(
                        blank=True, editable=False, null=True, verbose_name="height"
                    ),
                ),
                (
                    "hue",
                    models.PositiveSmallIntegerField(
                        default=300,
                        validators=[django.core.validators.MaxValueValidator(359)],
                        verbose_name="hue",
                    ),
                ),
                (
                    "is_cutout",
                    models.BooleanField(default=True, verbose_name="transparent background"),
                ),
                (
                    "renditions",
                    models.JSONField(
                        blank=True, default=dict, editable=False, verbose_name="renditions"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "slug",
                    models.SlugField(
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
                (
                    "line",
                    models.CharField(blank=True, max_length=250, verbose_name="short description"),
                ),
                ("rule", models.JSONField(blank=True, default=dict, verbose_name="rule")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="visible")),
                (
                    "in_navigation",
                    models.BooleanField(default=False, verbose_name="show in navigation"),
                ),
            ],
            options={
                "verbose_name": "collection",
                "verbose_name_plural": "collections",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Maker",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "slug",
                    models.SlugField(
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
                ("place", models.CharField(blank=True, max_length=120, verbose_name="location")),
                ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                ("story", models.TextField(blank=True, verbose_name="story")),
            ],
            options={
                "verbose_name": "maker",
                "verbose_name_plural": "makers",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Page",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("help", "Help"), ("legal", "Legal")],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
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
                ("title", models.CharField(max_length=160, verbose_name="title")),
                (
                    "line",
                    models.CharField(blank=True, max_length=250, verbose_name="short description"),
                ),
                (
                    "body",
                    models.TextField(
                        help_text="{seller}, {shop}, {email}, {phone} and {return_address} are replaced by your shop's settings.",
                        verbose_name="text",
                    ),
                ),
                (
                    "sample_note",
                    models.TextField(
                        blank=True,
                        help_text="Use it to say that the text is only a sample.",
                        verbose_name="note above the text",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_published", models.BooleanField(default=True, verbose_name="visible")),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
                ),
            ],
            options={
                "verbose_name": "page",
                "verbose_name_plural": "pages",
                "ordering": ["kind", "position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ProductType",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
            ],
            options={
                "verbose_name": "product type",
                "verbose_name_plural": "product types",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("product_count", models.PositiveIntegerField(default=1)),
            ],
            options={
                "ordering": ["word"],
            },
        ),
        migrations.CreateModel(
            name="TaxClass",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
            ],
            options={
                "verbose_name": "tax class",
                "verbose_name_plural": "tax classes",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "picture",
                    models.ImageField(
                        blank=True,
                        height_field="picture_height",
                        upload_to="pictures/",
                        verbose_name="picture",
                        width_field="picture_width",
                    ),
                ),
                (
                    "picture_width",
                    models.PositiveIntegerField(
                        blank=True, editable=False, null=True, verbose_name="width"
                    ),
                ),
                (
                    "picture_height",
                    models.PositiveIntegerField(
                        blank=True, editable=False, null=True, verbose_name="height"
                    ),
                ),
                (
                    "hue",
                    models.PositiveSmallIntegerField(
                        default=300,
                        validators=[django.core.validators.MaxValueValidator(359)],
                        verbose_name="hue",
                    ),
                ),
                (
                    "is_cutout",
                    models.BooleanField(default=True, verbose_name="transparent background"),
                ),
                (
                    "renditions",
                    models.JSONField(
                        blank=True, default=dict, editable=False, verbose_name="renditions"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "slug",
                    models.SlugField(
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
                (
                    "parent",
                    mptt.fields.TreeForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalog.category",
                    ),
                ),
                (
                    "line",
                    models.CharField(blank=True, max_length=250, verbose_name="short description"),
                ),
                (
                    "description",
                    models.TextField(blank=True, verbose_name="text below the products"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="visible")),
                (
                    "product_count",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="products"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("lft", models.PositiveIntegerField(editable=False)),
                ("rght", models.PositiveIntegerField(editable=False)),
                ("tree_id", models.PositiveIntegerField(db_index=True, editable=False)),
                ("level", models.PositiveIntegerField(editable=False)),
            ],
            options={
                "verbose_name": "category",
                "verbose_name_plural": "categories",
                "ordering": ["tree_id", "lft"],
            },
        ),
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3, unique=True, verbose_name="currency")),
                ("rate", models.DecimalField(decimal_places=8, max_digits=18, verbose_name="rate")),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
                ),
            ],
            options={
                "verbose_name": "exchange rate",
                "verbose_name_plural": "exchange rates",
                "ordering": ["currency"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rate__gt", 0)), name="exchange_rate_positive"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attribute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attributes",
                        to="catalog.producttype",
                    ),
                ),
                ("code", models.SlugField(max_length=60, verbose_name="code")),
                ("label", models.CharField(max_length=120, verbose_name="label")),
                (
                    "kind",
                    models.CharField(
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
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="unit")),
                ("is_filterable", models.BooleanField(default=False, verbose_name="use as filter")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "attribute",
                "verbose_name_plural": "attributes",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product_type", "code"), name="attribute_code_per_type"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HomeBlock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
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
                ("key", models.SlugField(max_length=60, unique=True, verbose_name="key")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                (
                    "action_label",
                    models.CharField(blank=True, max_length=80, verbose_name="button label"),
                ),
                (
                    "action_url",
                    models.CharField(blank=True, max_length=250, verbose_name="button link"),
                ),
                (
                    "second_label",
                    models.CharField(blank=True, max_length=80, verbose_name="second link label"),
                ),
                (
                    "second_url",
                    models.CharField(blank=True, max_length=250, verbose_name="second link URL"),
                ),
                ("facts", models.JSONField(blank=True, default=list, verbose_name="statistics")),
                (
                    "hue",
                    models.PositiveSmallIntegerField(
                        default=300,
                        validators=[django.core.validators.MaxValueValidator(359)],
                        verbose_name="hue",
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="catalog.collection",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.category",
                    ),
                ),
                (
                    "limit",
                    models.PositiveSmallIntegerField(default=4, verbose_name="number of items"),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="visible")),
            ],
            options={
                "verbose_name": "home page block",
                "verbose_name_plural": "home page",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "slug",
                    models.SlugField(
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
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="catalog.category",
                    ),
                ),
                (
                    "maker",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="catalog.maker",
                    ),
                ),
                (
                    "product_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="catalog.producttype",
                    ),
                ),
                (
                    "tax_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="catalog.taxclass",
                    ),
                ),
                ("is_gift_card", models.BooleanField(default=False, verbose_name="gift card")),
                ("kind", models.CharField(blank=True, max_length=160, verbose_name="card text")),
                ("lead", models.TextField(blank=True, verbose_name="introduction")),
                (
                    "headline",
                    models.CharField(
                        blank=True, max_length=160, verbose_name="description heading"
                    ),
                ),
                ("description", models.TextField(blank=True, verbose_name="description")),
                ("care", models.TextField(blank=True, verbose_name="care and repair")),
                ("safety", models.TextField(blank=True, verbose_name="safety information")),
                (
                    "origin",
                    models.CharField(blank=True, max_length=2, verbose_name="country of origin"),
                ),
                (
                    "guarantee_months",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="0 means the statutory warranty only.",
                        verbose_name="warranty in months",
                    ),
                ),
                (
                    "is_returnable",
                    models.BooleanField(
                        default=True,
                        help_text="Turn this off for items that are cut or made to order, or sealed for hygiene reasons.",
                        verbose_name="returnable",
                    ),
                ),
                ("tags", models.JSONField(blank=True, default=list, verbose_name="tags")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("archived", "Archived"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="published"),
                ),
                (
                    "archived_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="archived"),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "lowest_price_minor",
                    models.BigIntegerField(default=0, editable=False, verbose_name="lowest price"),
                ),
                (
                    "highest_price_minor",
                    models.BigIntegerField(default=0, editable=False, verbose_name="highest price"),
                ),
                (
                    "compare_at_minor",
                    models.BigIntegerField(
                        blank=True, editable=False, null=True, verbose_name="compare-at price"
                    ),
                ),
                (
                    "discount_percent",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, verbose_name="discount in percent"
                    ),
                ),
                (
                    "in_stock",
                    models.BooleanField(default=False, editable=False, verbose_name="in stock"),
                ),
                (
                    "variant_count",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="variants"),
                ),
                (
                    "sold_count",
                    models.PositiveIntegerField(
                        default=0, editable=False, verbose_name="units sold"
                    ),
                ),
                (
                    "rating_average",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        editable=False,
                        max_digits=3,
                        null=True,
                        verbose_name="average rating",
                    ),
                ),
                (
                    "rating_count",
                    models.PositiveIntegerField(
                        default=0, editable=False, verbose_name="number of ratings"
                    ),
                ),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
                "ordering": ["name", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "active")),
                        fields=["-published_at", "-id"],
                        name="product_new",
                    ),
                    models.Index(
                        condition=models.Q(("status", "active")),
                        fields=["lowest_price_minor", "id"],
                        name="product_price",
                    ),
                    models.Index(
                        condition=models.Q(("status", "active")),
                        fields=["name", "id"],
                        name="product_name",
                    ),
                    models.Index(
                        condition=models.Q(("status", "active")),
                        fields=["-sold_count", "-id"],
                        name="product_sold",
                    ),
                    models.Index(
                        condition=models.Q(("status", "active")),
                        fields=["category", "-sold_count", "-id"],
                        name="product_category",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AttributeChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "attribute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="choices",
                        to="catalog.attribute",
                    ),
                ),
                ("value", models.CharField(max_length=120, verbose_name="value")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "choice",
                "verbose_name_plural": "choices",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("attribute", "value"), name="attribute_choice_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HomeBlockCategory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "block",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="category_places",
                        to="catalog.homeblock",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.category",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "category",
                "verbose_name_plural": "categories",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="HomeBlockProduct",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "block",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="product_places",
                        to="catalog.homeblock",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CollectionProduct",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="catalog.collection",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="catalog.product",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "product in collection",
                "verbose_name_plural": "products in collection",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("collection", "product"), name="collection_has_it_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductOption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="options",
                        to="catalog.product",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "option",
                "verbose_name_plural": "options",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "name"), name="option_name_per_product"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SlugRedirect",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("product", "Product"), ("category", "Category")],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("old_slug", models.SlugField(max_length=220, verbose_name="previous slug")),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="redirects",
                        to="catalog.product",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="redirects",
                        to="catalog.category",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
            ],
            options={
                "verbose_name": "redirect",
                "verbose_name_plural": "redirects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "old_slug"), name="redirect_one_per_old_slug"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("category__isnull", True),
                                ("kind", "product"),
                                ("product__isnull", False),
                            ),
                            models.Q(
                                ("category__isnull", False),
                                ("kind", "category"),
                                ("product__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="redirect_leads_somewhere",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OptionValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "option",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="values",
                        to="catalog.productoption",
                    ),
                ),
                ("value", models.CharField(max_length=80, verbose_name="value")),
                ("code", models.CharField(blank=True, max_length=20, verbose_name="SKU code")),
                ("swatch", models.CharField(blank=True, max_length=7, verbose_name="color")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "choice",
                "verbose_name_plural": "choices",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("option", "value"), name="option_value_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("swatch", ""), ("swatch__regex", "^#[0-9a-fA-F]{6}$"), _connector="OR"
                        ),
                        name="option_swatch_is_hex",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductAttribute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attribute_values",
                        to="catalog.product",
                    ),
                ),
                (
                    "attribute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="values",
                        to="catalog.attribute",
                    ),
                ),
                (
                    "choice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.attributechoice",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500, verbose_name="text value")),
                (
                    "number",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=18,
                        null=True,
                        verbose_name="numeric value",
                    ),
                ),
                (
                    "boolean",
                    models.BooleanField(blank=True, null=True, verbose_name="yes/no value"),
                ),
                ("facet", models.CharField(blank=True, max_length=120, verbose_name="facet")),
            ],
            options={
                "verbose_name": "attribute value",
                "verbose_name_plural": "attribute values",
                "ordering": ["attribute__position", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("facet", ""), _negated=True),
                        fields=["attribute", "facet", "product"],
                        name="product_attribute_facet",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "attribute"), name="attribute_value_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductImage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "picture",
                    models.ImageField(
                        blank=True,
                        height_field="picture_height",
                        upload_to="pictures/",
                        verbose_name="picture",
                        width_field="picture_width",
                    ),
                ),
                (
                    "picture_width",
                    models.PositiveIntegerField(
                        blank=True, editable=False, null=True, verbose_name="width"
                    ),
                ),
                (
                    "picture_height",
                    models.PositiveIntegerField(
                        blank=True, editable=False, null=True, verbose_name="height"
                    ),
                ),
                (
                    "hue",
                    models.PositiveSmallIntegerField(
                        default=300,
                        validators=[django.core.validators.MaxValueValidator(359)],
                        verbose_name="hue",
                    ),
                ),
                (
                    "is_cutout",
                    models.BooleanField(default=True, verbose_name="transparent background"),
                ),
                (
                    "renditions",
                    models.JSONField(
                        blank=True, default=dict, editable=False, verbose_name="renditions"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="images",
                        to="catalog.product",
                    ),
                ),
                (
                    "option_value",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="images",
                        to="catalog.optionvalue",
                        verbose_name="variant choice",
                    ),
                ),
                (
                    "alt",
                    models.CharField(blank=True, max_length=250, verbose_name="alternative text"),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="created"),
                ),
            ],
            options={
                "verbose_name": "picture",
                "verbose_name_plural": "pictures",
                "ordering": ["position", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("renditions", {})),
                        fields=["id"],
                        name="image_without_renditions",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variants",
                        to="catalog.product",
                    ),
                ),
                (
                    "stock_item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="variant",
                        to="inventory.stockitem",
                        verbose_name="stock",
                    ),
                ),
                ("sku", models.CharField(max_length=64, unique=True, verbose_name="SKU")),
                (
                    "barcode",
                    models.CharField(
                        blank=True, db_index=True, max_length=14, verbose_name="barcode"
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True, editable=False, max_length=200, verbose_name="label"
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="catalog.productimage",
                    ),
                ),
                ("price_minor", models.BigIntegerField(verbose_name="price")),
                (
                    "compare_at_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="compare-at price"),
                ),
                (
                    "cost_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="cost before tax"),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "weight_g",
                    models.PositiveIntegerField(default=0, verbose_name="weight in grams"),
                ),
                (
                    "unit_amount",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="net content"),
                ),
                (
                    "unit",
                    models.CharField(blank=True, max_length=10, verbose_name="unit of net content"),
                ),
                (
                    "unit_per",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="unit price reference quantity"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "in_stock",
                    models.BooleanField(default=False, editable=False, verbose_name="in stock"),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                (
                    "option_values",
                    models.ManyToManyField(
                        blank=True, related_name="variants", to="catalog.optionvalue"
                    ),
                ),
            ],
            options={
                "verbose_name": "variant",
                "verbose_name_plural": "variants",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("price_minor__gte", 0)),
                        name="variant_price_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("compare_at_minor__isnull", True),
                            ("compare_at_minor__gte", 0),
                            _connector="OR",
                        ),
                        name="variant_compare_at_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="catalog.variant",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "price_list",
                    models.SlugField(
                        blank=True, default="", max_length=40, verbose_name="price list"
                    ),
                ),
                ("price_minor", models.BigIntegerField(verbose_name="price")),
                (
                    "compare_at_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="compare-at price"),
                ),
            ],
            options={
                "verbose_name": "price",
                "verbose_name_plural": "prices",
                "ordering": ["currency", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("variant", "currency", "price_list"), name="price_once_per_currency"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price_minor__gte", 0)), name="price_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="price_changes",
                        to="catalog.variant",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("price_minor", models.BigIntegerField(verbose_name="price")),
                (
                    "compare_at_minor",
                    models.BigIntegerField(blank=True, null=True, verbose_name="compare-at price"),
                ),
                ("reason", models.CharField(blank=True, max_length=60, verbose_name="reason")),
                (
                    "at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="valid from"
                    ),
                ),
            ],
            options={
                "verbose_name": "price change",
                "verbose_name_plural": "price changes",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["variant", "currency", "-at"], name="price_change_time")
                ],
            },
        ),
        migrations.CreateModel(
            name="GoesWith",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="goes_with",
                        to="catalog.product",
                    ),
                ),
                (
                    "variant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.variant",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "related product",
                "verbose_name_plural": "related product",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "variant"), name="goes_with_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="collection",
            name="products",
            field=models.ManyToManyField(
                related_name="collections",
                through="catalog.CollectionProduct",
                to="catalog.product",
            ),
        ),
        migrations.AddField(
            model_name="homeblock",
            name="categories",
            field=models.ManyToManyField(
                blank=True,
                related_name="+",
                through="catalog.HomeBlockCategory",
                to="catalog.category",
            ),
        ),
        migrations.AddField(
            model_name="homeblock",
            name="products",
            field=models.ManyToManyField(
                blank=True, through="catalog.HomeBlockProduct", to="catalog.product"
            ),
        ),
    ]
