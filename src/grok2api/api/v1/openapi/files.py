"""The operations of the Files API."""

from __future__ import annotations

from grok2api.api.v1.openapi.shapes import ERROR, PAGE, Schema, Shapes, answers, path_parameter
from grok2api.dialects.files.fields import FILES_FIELDS
from grok2api.dialects.files.listing import LONGEST_PAGE
from grok2api.dialects.files.objects import FileDeleted, FileList, FileObject


def file_paths(shapes: Shapes) -> dict[str, Schema]:
    """Return the paths of files."""
    file, one = path_parameter("file_id"), "/v1/files/{file_id}"
    form = {"multipart/form-data": {"schema": shapes.body(FILES_FIELDS, form=True)}}
    content = {"description": "The file", "content": {"*/*": {"schema": {}}}}
    page: list[Schema] = [
        {
            "name": "limit",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE},
        },
        *PAGE[1:],
        {"name": "purpose", "in": "query", "schema": {"type": "string"}},
    ]
    return {
        "/v1/files": {
            "post": {
                "operationId": "createFile",
                "summary": "Keep a file at xAI.",
                "requestBody": {"required": True, "content": form},
                "responses": answers(shapes.schema(FileObject)),
            },
            "get": shapes.found("listFiles", "List the files of this key.", FileList, page),
        },
        one: {
            "get": shapes.found("retrieveFile", "Return one file.", FileObject, file),
            "delete": shapes.found("deleteFile", "Delete a file.", FileDeleted, file),
        },
        f"{one}/content": {
            "get": {
                "operationId": "downloadFile",
                "summary": "Return the content of a file.",
                "parameters": file,
                "responses": {"200": content, "default": ERROR},
            }
        },
    }
