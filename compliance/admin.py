from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from compliance.enums import PackStatus
from compliance.licensing import record_licence
from compliance.models import (
    AddressBasis,
    Consent,
    Decision,
    Dispute,
    Hold,
    InconvenientTime,
    Licence,
    OptOut,
    PolicyPack,
    Representation,
)
from compliance.packs import PackRefused, load_pack, publish_pack, read_pack
from compliance.representations import ask_attorney, note_answer
from compliance.services import RecordRefused
from core.admin import NoDeleteAdmin, ReadOnlyAdmin
from core.clock import business_today, now


class PackForm(forms.ModelForm):  # type: ignore[type-arg]
    """The text says the version and the day; nothing else is typed."""

    class Meta:
        model = PolicyPack
        fields = ("text",)
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 40, "spellcheck": "false"})}

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        try:
            policy = read_pack(text)
        except PackRefused as error:
            raise forms.ValidationError(str(error)) from error
        others = PolicyPack.objects.filter(version=policy.version).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(
                f"version: {policy.version} exists already; give this text another, or change that draft."
            )
        if self.instance.pk and self.instance.version != policy.version:
            raise forms.ValidationError(
                f"version: this draft is {self.instance.version}; load another as a new one."
            )
        return text


@admin.register(PolicyPack)
class PolicyPackAdmin(NoDeleteAdmin):
    form = PackForm
    list_display = ("version", "effective_from", "status", "published_at", "published_by")
    list_select_related = ("published_by",)
    fields = ("version", "effective_from", "status", "loaded_by", "published_by", "published_at", "text")
    readonly_fields = ("version", "effective_from", "status", "loaded_by", "published_by", "published_at")
    actions: ClassVar = ["publish_them"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("compliance.publish_policy")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A published policy stands."""
        may = request.user.has_perm("compliance.publish_policy")
        return may and (obj is None or obj.status == PackStatus.DRAFT)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("compliance.publish_policy")

    def save_model(self, request: HttpRequest, obj: PolicyPack, form: Any, change: bool) -> None:
        saved = load_pack(text=form.cleaned_data["text"], by=request.user, at=now())  # type: ignore[arg-type]
        obj.pk, obj.version = saved.pk, saved.version

    @admin.action(description="Publish", permissions=["publish"])
    def publish_them(self, request: HttpRequest, chosen: QuerySet[PolicyPack]) -> None:
        for pack in chosen:
            try:
                publish_pack(pack=pack, by=request.user, at=now())  # type: ignore[arg-type]
            except PackRefused as error:
                self.message_user(request, f"{pack}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{pack} takes effect on {pack.effective_from}.", messages.SUCCESS)


class LicenceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Licence
        fields = ("place", "number", "valid_from", "valid_to")

    def clean_place(self) -> str:
        return str(self.cleaned_data["place"]).strip().upper()


@admin.register(Licence)
class LicenceAdmin(NoDeleteAdmin):
    form = LicenceForm
    list_display = ("place", "number", "valid_from", "valid_to")
    list_filter = ("place",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("compliance.publish_policy")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("compliance.publish_policy")

    def save_model(self, request: HttpRequest, obj: Licence, form: Any, change: bool) -> None:
        known = Licence.objects.get(pk=obj.pk) if change else None
        saved = record_licence(licence=known, **form.cleaned_data, by=request.user, at=now())  # type: ignore[arg-type]
        obj.pk = saved.pk


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("at", "account", "channel", "address", "allowed", "codes", "policy_version")
    list_select_related = ("account",)
    list_filter = ("allowed", "channel", "policy_version")
    search_fields = ("account__ref__exact",)
    ordering = ("-id",)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ("debtor", "account", "kind", "from_on", "until_on", "source", "recorded_by")
    list_select_related = ("debtor", "account", "recorded_by")
    list_filter = ("kind",)


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ("account", "debtor", "received_on", "reason", "status", "resolved_at")
    list_select_related = ("account", "debtor")
    list_filter = ("status", "reason")


@admin.register(Consent, OptOut, AddressBasis, InconvenientTime)
class RecordAdmin(ReadOnlyAdmin):
    list_display = ("debtor", "__str__", "source", "recorded_by", "recorded_at")
    list_select_related = ("debtor", "recorded_by")
    list_filter = ("source",)


@admin.register(Representation)
class RepresentationAdmin(ReadOnlyAdmin):
    list_display = ("name", "account", "inquired_on", "hold", "source", "recorded_by", "recorded_at")
    list_select_related = ("account", "hold", "recorded_by")
    search_fields = ("account__ref__exact", "name")
    actions: ClassVar = ["asked_today", "answered"]

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("compliance.lift_hold")

    @admin.action(description="An inquiry went to the attorney today", permissions=["lift"])
    def asked_today(self, request: HttpRequest, chosen: QuerySet[Representation]) -> None:
        on = business_today(now())
        self._each(request, chosen, lambda row, by: ask_attorney(representation=row, on=on, by=by, at=now()))

    @admin.action(description="The attorney answered", permissions=["lift"])
    def answered(self, request: HttpRequest, chosen: QuerySet[Representation]) -> None:
        self._each(request, chosen, lambda row, by: note_answer(representation=row, by=by, at=now()))

    def _each(self, request: HttpRequest, chosen: QuerySet[Representation], act: Any) -> None:
        for row in chosen:
            try:
                act(row, request.user)
            except RecordRefused as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{row}: kept.", messages.SUCCESS)
