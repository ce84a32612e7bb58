"""Where no resource is: a problem as everywhere else, not a page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView


@extend_schema(exclude=True)
class NothingView(APIView):
    renderer_classes = [JSONRenderer]
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is no such path; every path of the API ends in a slash.")
