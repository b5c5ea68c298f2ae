"""What every page of the back office shares: audit, labels, badges, amounts. Imports no app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline, checkbox
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str
from unfold.widgets import UnfoldAdminTextInputWidget

from shop.core import audit
from shop.core.actors import Actor
from shop.core.clock import end_of_day, start_of_day
from shop.core.errors import DomainError, Forbidden
from shop.core.models import AuditEntry
from shop.core.money import format_minor, from_wire, to_wire
from shop.core.permissions import StaffAct, acts_on, may, require

T = TypeVar("T")
# What the audit log holds for a form: a field and its old and new value.
Changes = dict[str, list[Any]]

# A tick box costs a widget rendering; it is rendered once and the rows fill in their key and name.
_TICK = checkbox.render("_selected_action", "@@")
_TICK_LABEL = "Select record"


def badge(word: str | Promise, *, icon: str, tone: str = "quiet") -> SafeString:
    """A state in icon and word; `tone` is quiet, ok, warn, danger or info."""
    return format_html(
        '<span class="bo-badge" data-tone="{}">'
        '<span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>',
        tone,
        icon,
        word,
    )


def number(value: object) -> SafeString:
    """A figure for a column of figures."""
    return format_html('<span class="bo-num">{}</span>', value)


def money(minor: int | None, currency: str) -> SafeString:
    """An amount for a column of figures; a dash where there is none."""
    return number("–" if minor is None else format_minor(minor, currency))


class MoneyField(forms.CharField):
    """An amount typed as 19.99 and held as 1999 minor units of `currency`."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        label = options.get("label")
        attrs = {"inputmode": "decimal"} | ({"aria-label": label} if label else {})
        options.setdefault("widget", UnfoldAdminTextInputWidget(attrs=attrs))
        super().__init__(max_length=20, **options)

    def prepare_value(self, value: Any) -> Any:
        """Minor units as a decimal text; what was typed stays as it was."""
        return to_wire(value, self.currency) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Minor units, or None for an empty field."""
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return from_wire(str(text), self.currency)
        except ValueError as refusal:
            raise forms.ValidationError(str(refusal), code="invalid_amount") from refusal

    def run_validators(self, value: Any) -> None:
        """Length was checked on the text; the number has no length."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the amount differs, however it was typed."""
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


class Labeled:
    """Gives every input a name that screen readers can say, in tables too."""

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **options: Any
    ) -> forms.Field | None:
        """The field that Unfold makes, with `aria-label` on its input or inputs."""
        field: forms.Field | None = super().formfield_for_dbfield(  # type: ignore[misc]
            db_field, request, **options
        )
        if field is not None:
            label(field, capfirst(str(field.label or db_field.verbose_name)))
        return field


def label(field: forms.Field, text: str) -> None:
    """Name a field's input, or each part of it, for screen readers."""
    widget = getattr(field.widget, "widget", field.widget)
    for part in getattr(widget, "widgets", [widget]):
        part.attrs.setdefault("aria-label", text)


def show_as_tree(form: type[forms.ModelForm[Any]], name: str) -> None:
    """Let a choice of categories stand in the order of the tree, indented by level."""
    field: Any = form.base_fields.get(name)
    if field is not None:
        field.queryset = field.queryset.order_by("tree_id", "lft")
        field.label_from_instance = lambda node: f"{'— ' * node.level}{node}"


class StaffTabularInline(Labeled, TabularInline):
    """Rows of a form."""

    extra = 0
    hide_title = True


class StaffStackedInline(Labeled, StackedInline):
    """Parts of a form, one below the other."""

    extra = 0


def allowed(
    act: StaffAct, *, when: Callable[[HttpRequest, Any], bool] | None = None
) -> Callable[..., bool]:
    """A `has_…_permission` method that asks the table of acts, then whether the
    object's state allows it.
    """

    def has_permission(self: Any, request: HttpRequest, object_id: Any = None) -> bool:
        if not may(request.user, act):
            return False
        return when is None or not object_id or when(request, object_id)

    has_permission.act = act  # type: ignore[attr-defined]
    return has_permission


def needs(act: StaffAct | str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For a page of one's own: an act of the table, or one on the admin's model by
    its verb ("view").
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def checked(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            asked = self.act_on_model(act) if isinstance(act, str) else act
            require(request.user, asked)
            return view(self, request, *args, **kwargs)

        checked.act = act  # type: ignore[attr-defined]
        return checked

    return decorate


class StaffAdmin(Labeled, ModelAdmin):
    """A list and a form of the back office; every write through it goes to the audit log.

    Who may see, add, change and delete stands in the table of acts. `acts` names what differs from
    the model's own: another act, or None for what nobody does here.
    """

    acts: ClassVar[Mapping[str, StaffAct | None]] = {}

    compressed_fields = False
    warn_unsaved_form = True
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False

    def action_checkbox(self, obj: models.Model) -> SafeString:
        """The tick box of a row, named after what the row shows."""
        name = _("Select %(name)s") % {"name": obj}
        row = _TICK.replace("@@", escape(obj.pk)).replace(_TICK_LABEL, escape(name))
        shown: SafeString = mark_safe(row)  # noqa: S308 - both parts are escaped above
        return shown

    action_checkbox.short_description = ModelAdmin.action_checkbox.short_description  # type: ignore[attr-defined]

    # Who may do what ----------------------------------------------------------------------------
    def act_on_model(self, verb: str) -> StaffAct | None:
        """The act behind "view", "add", "change" or "delete"; None where nobody may."""
        if verb in self.acts:
            return self.acts[verb]
        act: StaffAct = getattr(acts_on(self.opts.label_lower), verb)
        return act

    def _may(self, request: HttpRequest, verb: str) -> bool:
        act = self.act_on_model(verb)
        return act is not None and may(request.user, act)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the table says."""
        return self._may(request, "view")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """As the table says."""
        return self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the table says."""
        return self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the table says."""
        return self._may(request, "delete")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may see or add something."""
        return self._may(request, "view") or self._may(request, "add")

    # Refusals ----------------------------------------------------------------------------------
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """A service's refusal stands on the form, with all that was typed; nothing is saved."""
        try:
            return super().changeform_view(request, object_id, form_url, dict(extra_context or {}))
        except Forbidden:
            raise
        except DomainError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            form = super().changeform_view(request, object_id, form_url, dict(extra_context or {}))
            if refusal.status >= 500:
                # A fault of ours, such as a full disk, is none of the form's.
                form.status_code = refusal.status
            return form

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> type[forms.ModelForm[Any]]:
        """The form; after a refusal one that is not valid and says why."""
        form: type[forms.ModelForm[Any]] = super().get_form(request, obj, change=change, **options)
        refusal: DomainError | None = getattr(request, "refusal", None)
        return refused(form, refusal) if refusal else form

    def act(self, request: HttpRequest, call: Callable[[], object], done: str) -> bool:
        """Call a service and say what came of it."""
        try:
            call()
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return False
        messages.success(request, done)
        return True

    # The audit log -----------------------------------------------------------------------------
    def construct_change_message(
        self, request: HttpRequest, form: forms.ModelForm[Any], formsets: Any, add: bool = False
    ) -> Any:
        """What changed, old and new, for the log hooks below."""
        return changes_of(form, formsets or [])

    def record(
        self, request: HttpRequest, action: str, obj: models.Model, changes: Changes | None = None
    ) -> None:
        """Write a line of the audit log in the name of who is signed in."""
        audit.record(action, obj, actor=Actor.of(request.user), changes=changes)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Instead of Django's own log."""
        self.record(request, "added", obj, message if isinstance(message, dict) else None)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Instead of Django's own log; a save that changed nothing leaves no line."""
        changes = message if isinstance(message, dict) else None
        if changes or changes is None:
            self.record(request, "changed", obj, changes)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Instead of Django's own log."""
        for obj in queryset:
            self.record(request, "deleted", obj)

    def history_subjects(self, obj: Any) -> dict[str, list[Any]]:
        """Whose entries the history of `obj` shows: model labels and keys; its
        own, and those of its parts.
        """
        return {self.opts.label_lower: [obj.pk]}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the audit log knows of one object, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        subjects = models.Q()
        for label, keys in self.history_subjects(obj).items():
            subjects |= models.Q(object_type=label, object_id__in=[str(key) for key in keys])
        entries = AuditEntry.objects.filter(subjects)[:200]
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(name)s") % {"name": obj},
            "object": obj,
            "opts": self.opts,
            "entries": [
                (
                    entry,
                    "" if entry.object_type == self.opts.label_lower else entry.object_label,
                    [(name, *map(audit.shown, pair)) for name, pair in entry.changes.items()],
                )
                for entry in entries
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)


def refused(form: type[forms.ModelForm[Any]], refusal: DomainError) -> type[forms.ModelForm[Any]]:
    """The same form with the refusal's errors, at their fields where it has them."""

    class Refused(form):  # type: ignore[misc,valid-type]
        def _post_clean(self) -> None:
            super()._post_clean()
            shown = False
            for name, texts in refusal.errors.items():
                known = name if name in self.fields else None
                shown = True
                self.add_error(known, texts if known else [f"{name}: {text}" for text in texts])
            if not shown:
                self.add_error(None, refusal.message)

    return Refused


def once_a_request(request: HttpRequest, question: str, ask: Callable[[], T]) -> T:
    """What `ask` answers, asked once a request: the back office asks for each
    button what may be done.
    """
    answers: dict[str, Any] = request.__dict__.setdefault("_answers", {})
    if question not in answers:
        answers[question] = ask()
    answer: T = answers[question]
    return answer


def leave_dialog(request: HttpRequest, url: str) -> HttpResponse:
    """To a page after a dialog; htmx would follow a redirect and put the page into the dialog."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


class DayRangeFilter(RangeDateFilter):
    """From one day to another, both included, as the shop's own calendar counts
    them; for moments.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """Rows between the days typed; a day that is none is ignored."""
        first, last = (
            _day(self.used_parameters.get(f"{self.parameter_name}_{end}")) for end in ("from", "to")
        )
        bounds = {}
        if first:
            bounds[f"{self.parameter_name}__gte"] = start_of_day(first)
        if last:
            bounds[f"{self.parameter_name}__lt"] = end_of_day(last)
        return queryset.filter(**bounds)


def _day(text: Any) -> date | None:
    day = parse_date_str(text) if isinstance(text, str) else None
    return day if day and 1900 <= day.year < 3000 else None


class ReadOnlyAdmin(StaffAdmin):
    """A list and pages to read: rows come from services and are never written here."""

    show_add_link = False
    actions_on_top = True
    acts = {"add": None, "change": None, "delete": None}


def changes_of(form: forms.ModelForm[Any], formsets: Any) -> Changes:
    """What a saved form and its rows changed: a name for people, and the old and new value."""
    changes = {
        str(name): [_plain(form, name, form.initial.get(name)), _plain(form, name, value)]
        for name in form.changed_data
        if (value := form.cleaned_data.get(name)) is not form.initial.get(name)
    }
    for formset in formsets:
        kind = str(formset.model._meta.verbose_name)
        for obj in formset.new_objects:
            changes[f"{kind} {obj}"] = [None, str(obj)]
        for obj in formset.deleted_objects:
            changes[f"{kind} {obj}"] = [str(obj), None]
        for obj, names in formset.changed_objects:
            row = next(row for row in formset.forms if row.instance is obj)
            for name in names:
                changes[f"{kind} {obj}: {name}"] = [
                    _plain(row, name, row.initial.get(name)),
                    _plain(row, name, row.cleaned_data.get(name)),
                ]
    return changes


def _plain(form: forms.BaseForm, name: str, value: Any) -> Any:
    """A value as the log keeps it: objects by name, several as a list, passwords not at all."""
    if "password" in name:
        return "•••"
    if value is None or isinstance(value, bool | int | str):
        field = form.fields.get(name)
        queryset = getattr(field, "queryset", None)
        if isinstance(queryset, QuerySet) and value not in (None, ""):
            return str(queryset.model._default_manager.filter(pk=value).first() or value)
        return value
    if isinstance(value, list | tuple | set | QuerySet):
        return [str(part) for part in value]
    return str(value)
