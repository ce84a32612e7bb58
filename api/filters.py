"""Filters of lists, by names of the API's own; one that nobody declared is refused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import DateField, Model, QuerySet
from django_filters import rest_framework as f
from django_filters.utils import get_model_field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

PAGING = {"cursor", "page_size"}


class IdFilter(f.NumberFilter):
    field_class = forms.IntegerField


def filters(model: type[Model], *, debtor: bool = False, **paths: str) -> type[f.FilterSet]:
    """``name=path``: the column at ``path``, equal; a day also ``name_from`` and ``name_to``, both included."""
    members: dict[str, Any] = {"debtor": IdFilter(field_name="debtor_id")} if debtor else {}
    for name, path in paths.items():
        column = get_model_field(model, path)
        assert column is not None, path
        members[name] = f.FilterSet.filter_for_field(column, path)
        if type(column) is DateField:
            members[f"{name}_from"] = f.DateFilter(field_name=path, lookup_expr="gte")
            members[f"{name}_to"] = f.DateFilter(field_name=path, lookup_expr="lte")
    members["Meta"] = type("Meta", (), {"model": model, "fields": []})
    return type(f"{model.__name__}Filters", (f.FilterSet,), members)


class DeclaredFilters(f.DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if view.action != "list" or PAGING.issuperset(request.query_params):
            return queryset
        filterset = self.get_filterset(request, queryset, view)
        known = PAGING | set(filterset.filters if filterset else ())
        unknown = {name: ["There is no such filter."] for name in request.query_params if name not in known}
        if unknown:
            raise ValidationError(unknown)
        return super().filter_queryset(request, queryset, view)
