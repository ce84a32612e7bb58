"""A fragment is a block of the page's own template, so a swap shows what a full load shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import Context, loader
from django.template.context import make_context
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, ExtendsNode


def wants_fragment(request: HttpRequest) -> bool:
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, block: str = "", status: int = 200
) -> HttpResponse:
    """The whole page, or for htmx only ``block`` of it."""
    if block and wants_fragment(request):
        return HttpResponse(render_block(request, template, block, context), status=status)
    return render(request, template, context, status=status)


def render_block(request: HttpRequest, template: str, block: str, context: dict[str, Any]) -> str:
    compiled = loader.get_template(template).template  # type: ignore[attr-defined]
    filled: Context = make_context(context, request, autoescape=True)
    with filled.bind_template(compiled), filled.render_context.push_state(compiled):
        parents = [node for node in compiled.nodelist if isinstance(node, ExtendsNode)]
        blocks: dict[str, BlockNode] = (
            parents[0].blocks
            if parents
            else {node.name: node for node in compiled.nodelist.get_nodes_by_type(BlockNode)}
        )
        known = BlockContext()
        known.add_blocks(blocks)
        filled.render_context[BLOCK_CONTEXT_KEY] = known
        return str(blocks[block].render(filled))
